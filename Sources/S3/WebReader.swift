internal import CCurl
internal import Glibc
internal import ObjectStore

/// Reads plain web addresses, one after the other over connections that are used again: what a browser does that opens
/// a link. It is here because this module alone has libcurl.
///
/// Follows no redirect, sends no cookie and no referrer, and checks certificates by the system's authorities.
///
/// Source: curl_easy_perform(3), libcurl's options of the same names.
public final class WebReader: Sendable {
    /// What was answered, whatever its status.
    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
        /// Which bytes of the whole these are, where the answer tells.
        public let range: Range<Int>?
    }

    /// Why nothing was answered. It does not name the address: whoever knows that has what it gives out.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
        /// The address in this machine's own networks that it led to, and that was refused; nil for any other failure.
        public var localAddress: String?
    }

    // One thread, which is the only one that touches the handle.
    private let thread = BlockingThreads(count: 1)
    private let handle: WebHandle

    /// - Parameter refusesLocalAddresses: whether to connect to nothing in this machine or its networks, whatever name leads
    ///   there. Where a proxy of the environment does the connecting, it is the proxy's to refuse.
    public init(refusesLocalAddresses: Bool = false) {
        handle = WebHandle(refusesLocalAddresses: refusesLocalAddresses)
    }

    /// The answer to a GET of `address`, or of a range of it.
    ///
    /// - Parameter maximumByteCount: a longer body is a `Failure`, before it fills the memory.
    /// - Throws: `Failure`; `CancellationError` before its turn.
    public func get(
        _ address: String, range: Range<Int>? = nil, maximumByteCount: Int
    ) async throws -> Answer {
        try await thread.run { [handle] in
            Result { () throws(Failure) in try handle.get(address, range, maximumByteCount) }
        }.get()
    }
}

/// Unchecked: used on its reader's one thread alone.
private final class WebHandle: @unchecked Sendable {
    private static let connectSeconds = 15
    /// Below the least rate.
    private static let stallSeconds = 30

    private let easy: UnsafeMutableRawPointer?
    private var body: [UInt8] = []
    private var maximumByteCount = 0
    private var isTooLong = false
    private var headers = HTTPHeaders()
    private let refusesLocalAddresses: Bool
    private var refused: LocalAddress?

    init(refusesLocalAddresses: Bool) {
        self.refusesLocalAddresses = refusesLocalAddresses
        easy = CurlTransport.isInitialized ? curl_easy_init() : nil
    }

    deinit { if let easy { curl_easy_cleanup(easy) } }

    func get(
        _ address: String, _ range: Range<Int>?, _ maximumByteCount: Int
    ) throws(WebReader.Failure) -> WebReader.Answer {
        guard let easy else { throw WebReader.Failure(description: "libcurl cannot be set up") }
        body = []
        isTooLong = false
        headers = HTTPHeaders()
        refused = nil
        self.maximumByteCount = maximumByteCount
        prepare(easy, address, range)
        let code = curl_easy_perform(easy)
        guard !isTooLong else { throw WebReader.Failure(description: "more was answered than can be right") }
        guard code == CURLE_OK else {
            throw WebReader.Failure(
                description: String(cString: curl_easy_strerror(code)), localAddress: refused?.text)
        }
        var status = 0
        curl_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        defer { body = [] }
        return WebReader.Answer(status: status, body: body, range: headers.contentRange?.range)
    }

    private func prepare(_ easy: UnsafeMutableRawPointer, _ address: String, _ range: Range<Int>?) {
        curl_easy_reset(easy)
        curl_easy_set_string(easy, CURLOPT_URL, address)
        curl_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        curl_easy_set_string(easy, CURLOPT_USERAGENT, "photobackup")
        curl_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        curl_easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        curl_easy_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        curl_easy_set_long(easy, CURLOPT_CONNECTTIMEOUT, Self.connectSeconds)
        curl_easy_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, Pace.leastBytesPerSecond)
        curl_easy_set_long(easy, CURLOPT_LOW_SPEED_TIME, Self.stallSeconds)
        curl_easy_set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let range {
            curl_easy_set_string(easy, CURLOPT_RANGE, "\(range.lowerBound)-\(range.upperBound - 1)")
        }
        curl_easy_set_pointer(easy, CURLOPT_HEADERDATA, Unmanaged.passUnretained(self).toOpaque())
        curl_easy_set_write_function(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, handle in
            let handle = Unmanaged<WebHandle>.fromOpaque(handle!).takeUnretainedValue()
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            handle.take(header: String(decoding: line, as: UTF8.self))
            return size * count
        }
        curl_easy_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        curl_easy_set_write_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, handle in
            let handle = Unmanaged<WebHandle>.fromOpaque(handle!).takeUnretainedValue()
            return handle.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        guard refusesLocalAddresses, !Self.hasProxy else { return }
        // A name has been looked up by now: what is asked about is where the connection goes.
        curl_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque())
        curl_easy_set_open_socket_function(easy) { handle, _, address in
            let handle = Unmanaged<WebHandle>.fromOpaque(handle!).takeUnretainedValue()
            return handle.socket(to: address!)
        }
    }

    /// As libcurl looks for one.
    private static let hasProxy: Bool = {
        let names: [String] = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        return names.contains { name in getenv(name).map { $0.pointee != 0 } ?? false }
    }()

    private func socket(to address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if let local = LocalAddress(curl_sockaddr_address(address)) {
            refused = local
            return CURL_SOCKET_BAD
        }
        let kind = address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue)
        return Glibc.socket(address.pointee.family, kind, address.pointee.protocol)
    }

    private func take(header line: String) {
        // A status line begins an answer anew.
        if line.hasPrefix("HTTP/") { headers = HTTPHeaders() } else { headers.append(line: line) }
    }

    /// How many bytes were taken; fewer than there are end the transfer.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= maximumByteCount else {
            isTooLong = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }
}
