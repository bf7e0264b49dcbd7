internal import CCurl

/// A libcurl easy handle, used again for one transfer after another.
///
/// Source: curl_easy_setopt(3) and the pages of each option.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var addresses: UnsafeMutablePointer<curl_slist>?

    /// nil when there is no memory.
    init?() {
        guard let easy = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.easy = easy
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
        curl_slist_free_all(addresses)
        errorText.deallocate()
    }

    /// What libcurl says of the last transfer, or of the code when it says nothing.
    func message(for code: CURLcode) -> String {
        errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }

    var bytesSent: Int { byteCount(CURLINFO_SIZE_UPLOAD_T) }
    var bytesReceived: Int { byteCount(CURLINFO_SIZE_DOWNLOAD_T) }

    private func byteCount(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        curl_easy_get_offset(easy, info, &value)
        return Int(value)
    }

    /// How far the present transfer is on its way to a connection.
    var connecting: ConnectionWatch.Progress {
        if byteCount(CURLINFO_PRETRANSFER_TIME_T) > 0 { return .connected }
        let lookedUp = byteCount(CURLINFO_NAMELOOKUP_TIME_T)
        return lookedUp > 0 ? .connecting(since: .microseconds(lookedUp)) : .lookingUp
    }

    /// Makes the handle ready for `transfer`, which must live until the handle is prepared anew.
    ///
    /// - Parameter forgetsAddress: whether the host is looked up anew.
    func prepare(for transfer: Transfer, _ configuration: S3Configuration, forgetsAddress: Bool = false) {
        curl_easy_reset(easy)
        errorText.pointee = 0
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
        limitProtocols()
        limitTime(configuration.timeouts)
        verifyServer(caFile: configuration.caFile)
        set(CURLOPT_BUFFERSIZE, 512 << 10)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        limitRate(configuration)
        describe(transfer.request)
        // The connection that is silent is not to be met again.
        if transfer.isResent || transfer.request.isUrgent { set(CURLOPT_FRESH_CONNECT, 1) }
        if forgetsAddress { forgetAddress(configuration) }
        set(CURLOPT_USERAGENT, configuration.userAgent)
        connect(to: transfer)
    }

    private func limitProtocols() {
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // A redirect could carry the credentials to another host, or to plain HTTP.
        set(CURLOPT_FOLLOWLOCATION, 0)
        // The path is signed as it stands.
        set(CURLOPT_PATH_AS_IS, 1)
        // No signals: libcurl would use SIGALRM, and SIGPIPE is blocked on the transport's thread.
        set(CURLOPT_NOSIGNAL, 1)
    }

    private func limitTime(_ timeouts: S3Configuration.Timeouts) {
        // Silences, and each of the two parts of this one, are for the loop to watch.
        set(CURLOPT_CONNECTTIMEOUT_MS, (timeouts.lookup + timeouts.connect).wholeMilliseconds)
        // A resolver's thread may still wait for its server when the transfer has been given up.
        set(CURLOPT_QUICK_EXIT, 1)
        // Servers close idle connections after some 5 s; one that just closes would fail the next request.
        set(CURLOPT_MAXAGE_CONN, 4)
        // What was found is kept: a name server that has gone silent meanwhile holds up nothing.
        set(CURLOPT_DNS_CACHE_TIMEOUT, -1)
    }

    /// The address may be that of a machine that is gone.
    private func forgetAddress(_ configuration: S3Configuration) {
        curl_slist_free_all(addresses)
        addresses = curl_slist_append(nil, "-\(configuration.hostAndPort)")
        curl_easy_set_list(easy, CURLOPT_RESOLVE, addresses)
    }

    private func limitRate(_ configuration: S3Configuration) {
        func share(_ limit: Int?) -> curl_off_t {
            limit.map { curl_off_t(max(1, $0 / (configuration.connections ?? ConnectionTuner.limit))) } ?? 0
        }
        curl_easy_set_offset(easy, CURLOPT_MAX_SEND_SPEED_LARGE, share(configuration.rateLimits.upload))
        guard configuration.rateLimits.download != nil else { return }
        curl_easy_set_offset(easy, CURLOPT_MAX_RECV_SPEED_LARGE, share(configuration.rateLimits.download))
        // libcurl looks at the rate after up to 100 buffers.
        set(CURLOPT_BUFFERSIZE, 4 << 10)
    }

    private func verifyServer(caFile: String?) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        guard let caFile else { return }
        set(CURLOPT_CAINFO, caFile)
        // A private authority takes the place of the public ones; it does not join them.
        set(CURLOPT_CAPATH, nil)
    }

    private func describe(_ request: HTTPRequest) {
        set(CURLOPT_URL, request.url)
        switch request.method {
        case .get:
            set(CURLOPT_HTTPGET, 1)
        case .head:
            set(CURLOPT_NOBODY, 1)
        case .put, .post:
            set(CURLOPT_UPLOAD, 1)
            // The body comes from the same function either way; libcurl's own POST would add headers.
            if request.method == .post { set(CURLOPT_CUSTOMREQUEST, "POST") }
            curl_easy_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body?.count ?? 0))
        case .delete:
            set(CURLOPT_CUSTOMREQUEST, "DELETE")
        }
        curl_slist_free_all(headers)
        headers = nil
        for (name, value) in request.headers { append(header: "\(name): \(value)") }
        // Headers that libcurl would add by itself: an `Expect` makes some servers wait for a second.
        for name in ["Accept", "Expect", "Content-Type", "Transfer-Encoding"] { append(header: "\(name):") }
        curl_easy_set_list(easy, CURLOPT_HTTPHEADER, headers)
    }

    private func append(header: String) { headers = curl_slist_append(headers, header) }

    private func connect(to transfer: Transfer) {
        let pointer = Unmanaged.passUnretained(transfer).toOpaque()
        curl_easy_set_write_function(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, transfer in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return CurlHandle.transfer(transfer).receiveHeader(line) ? line.count : 0
        }
        set(CURLOPT_HEADERDATA, pointer: pointer)
        curl_easy_set_write_function(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, transfer in
            let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return CurlHandle.transfer(transfer).receiveBody(bytes) ? bytes.count : 0
        }
        set(CURLOPT_WRITEDATA, pointer: pointer)
        guard [.put, .post].contains(transfer.request.method) else { return }
        curl_easy_set_read_function(easy) { buffer, size, count, transfer in
            CurlHandle.transfer(transfer).read(
                into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        set(CURLOPT_READDATA, pointer: pointer)
        curl_easy_set_seek_function(easy) { transfer, offset, origin in
            let isDone = origin == 0 && CurlHandle.transfer(transfer).seek(to: Int(offset))
            return isDone ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
        set(CURLOPT_SEEKDATA, pointer: pointer)
    }

    private static func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(pointer!).takeUnretainedValue()
    }

    private func set(_ option: CURLoption, _ value: Int) { curl_easy_set_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String?) { curl_easy_set_string(easy, option, value) }
    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
        curl_easy_set_pointer(easy, option, pointer)
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
