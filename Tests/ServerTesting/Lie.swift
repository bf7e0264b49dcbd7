internal import Foundation

/// What a hostile server answers in the place of the truth.
public enum Lie: Sendable, Hashable, CustomStringConvertible {
    // Of any answer.
    case refuses(status: Int, code: String)
    /// The honest answer with this header in the place of its own.
    case header(String, String)
    /// So many bytes of the honest body, with the whole length announced; then the connection ends.
    case cut(Int)
    /// 200, and bytes that mean nothing.
    case noise([UInt8])
    /// 200, and a page for people.
    case page
    /// 200, and a body that has no end.
    case endless
    /// The connection is reset.
    case hangsUp
    /// Done as it should be, and never said.
    case silent
    /// The honest answer, a byte each 0.4 s.
    case trickles
    /// 200, and an error as the body.
    case errorInside(String)
    /// The honest answer, without its length: the connection ends with it.
    case withoutLength
    // Of objects.
    case flipped
    /// What another name holds.
    case other
    /// What the name held before.
    case earlier
    case empty
    /// 200, and the part that was asked for as if it were the whole.
    case partAsWhole
    // What is not done, and acknowledged.
    case forgets
    case keepsOther([UInt8])
    case keeps
    /// Deletes all but what was to be deleted that begins like it.
    case deletesOthers
    // Of listings.
    /// Without what came in the last minute.
    case lags
    /// Without every so many-th name.
    case hides(every: Int)
    /// With these names, which are not there.
    case names([String])
    case sizes(String)
    case times(String)
    case unsorted
    case twice
    /// Page after page of the same names.
    case again
    /// Page after page of new names.
    case pages
    /// In the place of the XML.
    case xml(String)

    /// The case's own name.
    public var kind: String { String("\(self)".prefix { $0 != "(" && $0 != " " }) }

    public var description: String {
        switch self {
        case .refuses(let status, let code): "refuses (\(status) \(code))"
        case .header(let name, let value): "header (\(name): \(value))"
        case .cut(let count): "cut (\(count))"
        case .noise(let bytes): "noise (\(bytes.count))"
        case .page: "page"
        case .endless: "endless"
        case .hangsUp: "hangsUp"
        case .silent: "silent"
        case .trickles: "trickles"
        case .errorInside(let code): "errorInside (\(code))"
        case .withoutLength: "withoutLength"
        case .flipped: "flipped"
        case .other: "other"
        case .earlier: "earlier"
        case .empty: "empty"
        case .partAsWhole: "partAsWhole"
        case .forgets: "forgets"
        case .keepsOther(let bytes): "keepsOther (\(bytes.count))"
        case .keeps: "keeps"
        case .deletesOthers: "deletesOthers"
        case .lags: "lags"
        case .hides(let every): "hides (\(every))"
        case .names(let names): "names (\(names.count))"
        case .sizes(let size): "sizes (\(size))"
        case .times(let time): "times (\(time))"
        case .unsorted: "unsorted"
        case .twice: "twice"
        case .again: "again"
        case .pages: "pages"
        case .xml(let text): "xml (\(text.prefix(20)))"
        }
    }
}

/// One answer that is a lie.
struct LyingAnswer {
    let server: HostileServer
    let call: S3Call
    let lie: Lie

    private static let pageRows = 1000

    func send(to client: LoopbackSocket) {
        switch lie {
        case .hangsUp: client.prepareReset()
        case .endless: sendWithoutEnd(to: client)
        case .silent:
            _ = server.answer(call)
            client.waitForEnd()
        case .trickles: sendSlowly(to: client)
        case .cut(let count):
            let answer = server.dated(server.answer(call))
            client.send(answer.head + answer.body.prefix(call.kind == .head ? 0 : count))
        default:
            var answer = answer
            if case .header(let name, let value) = lie {
                answer[name] = value
            } else {
                answer = server.dated(answer)
                answer["content-length"] = lie == .withoutLength ? nil : "\(answer.body.count)"
            }
            client.send(answer.head + (call.kind == .head ? [] : answer.body))
        }
    }

    /// For half an hour at most, where nobody hangs up.
    private func sendSlowly(to client: LoopbackSocket) {
        let answer = server.dated(server.answer(call))
        guard client.send(answer.head), call.kind != .head else { return }
        for byte in answer.body.prefix(4500) {
            guard client.send([byte]) else { return }
            Thread.sleep(forTimeInterval: 0.4)
        }
    }

    /// A gigabyte, where nobody hangs up: whoever takes that has no bound.
    private func sendWithoutEnd(to client: LoopbackSocket) {
        var answer = HTTPMessage.s3(200, headers: [("ETag", "\"1-1\"")])
        answer["content-length"] = nil
        guard client.send(answer.head), call.kind != .head else { return }
        if call.kind == .list {
            guard client.send(Array("<ListBucketResult><IsTruncated>false</IsTruncated>".utf8)) else {
                return
            }
        }
        let piece = Array(String(repeating: "<Contents><Key>a</Key>", count: 3000).utf8)
        for _ in 0..<16_000 { guard client.send(piece) else { return } }
    }

    private var answer: HTTPMessage {
        switch lie {
        case .refuses(let status, let code): return .s3Error(status, code)
        case .header, .withoutLength: return server.dated(server.answer(call))
        case .errorInside(let code):
            var answer = HTTPMessage.s3Error(200, code)
            answer["etag"] = "\"1-1\""
            return answer
        case .noise(let bytes):
            var answer = HTTPMessage.s3(200, headers: [("ETag", "\"1-1\"")])
            answer.body = bytes
            return answer
        case .page:
            return .s3(
                200, headers: [("Content-Type", "text/html")], body: "<html><body>Welcome</body></html>")
        case .flipped, .other, .earlier, .empty, .partAsWhole: return object
        case .forgets, .keepsOther, .keeps, .deletesOthers: return unfaithful
        default: return listing
        }
    }

    /// Other bytes than the object's.
    private var object: HTTPMessage {
        guard let stored = server.stored(call.name) else { return server.answer(call) }
        if lie == .partAsWhole {
            var answer = HTTPMessage.object(stored.bytes, modified: stored.modified, call)
            answer.start = "HTTP/1.1 200 Said"
            answer["content-range"] = nil
            return answer
        }
        var bytes = stored.bytes
        switch lie {
        case .flipped: if !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 }
        case .other: bytes = server.listed("").map(\.stored.bytes).first { $0 != bytes } ?? []
        case .earlier: bytes = server.earlier(call.name).first ?? []
        default: bytes = []
        }
        return .object(bytes, modified: stored.modified, call)
    }

    /// Acknowledged, and something else is done.
    private var unfaithful: HTTPMessage {
        switch lie {
        case .keepsOther(let bytes): server.store(call.name, bytes)
        case .deletesOthers:
            for (name, _) in server.listed(String(call.name.prefix(5))) where name != call.name {
                server.remove(name)
            }
        default: break
        }
        return call.kind == .delete
            ? .s3(204) : .s3(200, headers: [("ETag", "\"\(call.body.count)-1\"")])
    }

    private var listing: HTTPMessage {
        let objects = server.listed(call.name)
        var listing = Listing(objects, call)
        switch lie {
        case .lags:
            let minute = server.clock().addingTimeInterval(-60)
            listing = Listing(objects.filter { $0.stored.modified < minute }, call)
        case .hides(let every):
            listing.rows = listing.rows.enumerated().filter { $0.offset % every != 0 }.map(\.element)
        case .names(let names):
            listing.rows += names.map { .init(name: $0, size: "100", modified: Listing.time(server.clock())) }
            listing.rows.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        case .sizes(let size): for row in listing.rows.indices { listing.rows[row].size = size }
        case .times(let time): for row in listing.rows.indices { listing.rows[row].modified = time }
        case .unsorted: listing.rows.reverse()
        case .twice: listing.rows += listing.rows
        case .again: listing.nextToken = "again"
        case .pages:
            let page = (call.query["continuation-token"].flatMap { Int($0) } ?? 0) + 1
            listing.nextToken = "\(page)"
            listing.rows = (0..<Self.pageRows).map {
                let number = "\(page * Self.pageRows + $0 + 1_000_000_000)"
                return .init(name: "\(call.name)\(number)", size: "9", modified: Listing.time(server.clock()))
            }
        case .xml(let text): return .s3(200, body: text)
        default: return server.answer(call)
        }
        return .s3(200, body: call.kind == .versions ? listing.versions : listing.text)
    }
}
