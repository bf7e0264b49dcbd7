internal import Crypto
internal import ObjectStore

/// Takes an answer as it comes in: header lines, then the body into memory of the announced size, or into its hash.
struct ResponseReceiver: ~Copyable {
    /// An error's body beyond this is not read.
    static let errorBodyLimit = 64 << 10
    /// All headers together, with those of interim answers: a hundred times what a service sends.
    static let headLimit = 256 << 10
    private static let firstCapacity = 16 << 10
    /// Enough to tell a page for people from anything else.
    private static let beginningByteCount = 64

    private let limit: Int
    private let keptRange: Range<Int>?
    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var isTooLarge = false
    private(set) var hasTooLongHead = false
    private var headByteCount = 0
    private var body: ObjectBytes?
    private var receivedByteCount = 0
    private var beginning: [UInt8] = []
    /// nil where the body is kept.
    private var hash: SHA256?

    init(limit: Int, keptRange: Range<Int>?, isHashed: Bool = false) {
        self.limit = limit
        self.keptRange = keptRange
        hash = isHashed ? SHA256() : nil
    }

    init(_ request: HTTPRequest) {
        self.init(
            limit: request.maximumByteCount, keptRange: request.keptRange, isHashed: request.isHashed)
    }

    /// The whole answer, when all of it has come in.
    mutating func finish() -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers, body: body ?? ObjectBytes(capacity: 0),
            digest: hash?.finalize(),
            receivedByteCount: receivedByteCount, beginning: beginning)
    }

    private var isSuccess: Bool { (200..<300).contains(status) }

    /// A status line begins an answer anew, because a `100 Continue` may come before the real one.
    ///
    /// - Returns: false when no more is wanted.
    mutating func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headByteCount += line.count
        hasTooLongHead = headByteCount > Self.headLimit
        guard !hasTooLongHead else { return false }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
            headers = HTTPHeaders()
        } else {
            headers.append(line: text)
        }
        return true
    }

    /// False when no more of the body is wanted.
    mutating func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let offset = receivedByteCount
        receivedByteCount += bytes.count
        if beginning.count < Self.beginningByteCount {
            beginning += bytes.prefix(Self.beginningByteCount - beginning.count)
        }
        guard isSuccess else {
            append(UnsafeRawBufferPointer(rebasing: bytes.prefix(max(0, Self.errorBodyLimit - offset))))
            return receivedByteCount < Self.errorBodyLimit
        }
        if let keptRange {
            // Where it is not told which bytes these are, they can only be those that were asked for.
            append(Self.part(keptRange, of: bytes, at: (bodyStart ?? keptRange.lowerBound) + offset))
            return true
        }
        isTooLarge = receivedByteCount > limit || (headers.contentLength ?? 0) > limit
        guard !isTooLarge else { return false }
        if hash == nil { append(bytes) } else { hash?.update(bytes) }
        return true
    }

    /// Where in the object the body begins, as far as the answer tells. A server may answer the whole object, or more
    /// of it, although a range was asked for.
    private var bodyStart: Int? { headers.contentRange?.range.lowerBound ?? (status == 200 ? 0 : nil) }

    private static func part(
        _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> UnsafeRawBufferPointer {
        let part = range.clamped(to: offset..<(offset + bytes.count))
        return UnsafeRawBufferPointer(
            rebasing: bytes[(part.lowerBound - offset)..<(part.upperBound - offset)])
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let count = body?.count ?? 0
        if body == nil || count + bytes.count > body!.capacity {
            let grown = ObjectBytes(capacity: capacity(for: count + bytes.count))
            body?.withUnsafeBytes { grown.append($0) }
            body = grown
        }
        body?.append(bytes)
    }

    /// The announced length, so that it is allocated once; without it, or beyond it, twice what is needed now.
    private func capacity(for needed: Int) -> Int {
        if body == nil, isSuccess {
            if let keptRange { return max(keptRange.count, needed) }
            if let announced = headers.contentLength { return max(announced, needed) }
        }
        return max(2 * needed, Self.firstCapacity)
    }
}
