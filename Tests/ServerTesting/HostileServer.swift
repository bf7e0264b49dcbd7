public import Foundation
internal import Synchronization

/// An S3 server in this process that is honest until it is told to lie.
///
/// It has one bucket, and knows what the program asks for: PUT, GET with ranges, HEAD and DELETE of objects, and both
/// kinds of listings. Anything else is not implemented, as with smaller services. It checks no signature: who lies about
/// everything else need not care who asks.
public final class HostileServer: Sendable {
    /// What is asked for.
    public enum Kind: String, CaseIterable, Sendable {
        case put, get, head, delete, list, versions, other
    }

    public struct Request: Sendable {
        public let kind: Kind
        /// The object's name; of a listing, the prefix.
        public let name: String
        /// How many requests came before.
        public let index: Int
    }

    struct Stored: Sendable {
        var bytes: [UInt8]
        var modified: Date
    }

    private struct State {
        var objects: [String: Stored] = [:]
        /// What was ever stored under a name, oldest first.
        var earlier: [String: [[UInt8]]] = [:]
        var requestCount = 0
        var lie: @Sendable (Request) -> Lie? = { _ in nil }
        var told: [String: Int] = [:]
    }

    public static let bucket = "hostile"
    public let endpoint: String
    /// What it takes for the present time.
    let clock: @Sendable () -> Date
    private let listener: LoopbackSocket
    private let state = Mutex(State())

    public init(clock: @escaping @Sendable () -> Date = { Date() }) throws {
        self.clock = clock
        let (socket, port) = try LoopbackSocket.listening()
        listener = socket
        endpoint = "http://127.0.0.1:\(port)"
        socket.serveEach { [weak self] in self?.serve($0) }
    }

    // Wakes the thread, which then closes the socket.
    deinit { listener.shutDown() }

    /// Lets it answer each request with the lie that `choose` gives for it, or honestly, from now on.
    public func lie(_ choose: @escaping @Sendable (Request) -> Lie?) { state.withLock { $0.lie = choose } }

    public func beHonest() { lie { _ in nil } }

    /// How many lies of each kind were told.
    public var told: [String: Int] { state.withLock { $0.told } }

    public var requestCount: Int { state.withLock { $0.requestCount } }

    // MARK: What it has

    public var objects: [String: [UInt8]] { state.withLock { $0.objects.mapValues(\.bytes) } }

    /// What was ever stored under the name, oldest first.
    public func earlier(_ name: String) -> [[UInt8]] { state.withLock { $0.earlier[name] ?? [] } }

    public func store(_ name: String, _ bytes: [UInt8]) {
        let stored = Stored(bytes: bytes, modified: clock())
        state.withLock { state in
            state.objects[name] = stored
            if state.earlier[name]?.last != bytes { state.earlier[name, default: []].append(bytes) }
        }
    }

    public func remove(_ name: String) { state.withLock { _ = $0.objects.removeValue(forKey: name) } }

    func stored(_ name: String) -> Stored? { state.withLock { $0.objects[name] } }

    /// In the order of their names' bytes.
    func listed(_ prefix: String) -> [(name: String, stored: Stored)] {
        state.withLock { state in
            state.objects.filter { $0.key.utf8.starts(with: prefix.utf8) }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { (name: $0.key, stored: $0.value) }
        }
    }

    // MARK: Serving

    private func serve(_ client: LoopbackSocket) {
        guard let message = HTTPMessage(from: client), let call = S3Call(message) else { return }
        let (request, choose) = state.withLock { state in
            defer { state.requestCount += 1 }
            return (Request(kind: call.kind, name: call.name, index: state.requestCount), state.lie)
        }
        guard let lie = choose(request) else {
            let answer = dated(answer(call))
            client.send(answer.head + (call.kind == .head ? [] : answer.body))
            return
        }
        state.withLock { $0.told[lie.kind, default: 0] += 1 }
        LyingAnswer(server: self, call: call, lie: lie).send(to: client)
    }

    /// With the time of its clock.
    func dated(_ answer: HTTPMessage) -> HTTPMessage {
        var answer = answer
        answer["date"] = HTTPMessage.httpDate(clock())
        return answer
    }

    /// The honest answer, once what was asked for is done.
    func answer(_ call: S3Call) -> HTTPMessage {
        switch call.kind {
        case .put:
            store(call.name, call.body)
            return .s3(200, headers: [("ETag", "\"\(call.body.count)-1\"")])
        case .get, .head: return object(call)
        case .delete:
            remove(call.name)
            return .s3(204)
        case .list: return .s3(200, body: Listing(listed(call.name), call).text)
        case .versions: return .s3(200, body: Listing(listed(call.name), call).versions)
        case .other: return .s3Error(501, "NotImplemented")
        }
    }

    private func object(_ call: S3Call) -> HTTPMessage {
        guard let stored = stored(call.name) else { return .s3Error(404, "NoSuchKey") }
        return .object(stored.bytes, modified: stored.modified, call)
    }
}
