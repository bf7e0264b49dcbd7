internal import CCurl
internal import ObjectStore
internal import Threads

/// A GET to a web address that is no S3 service, for whoever is told of runs. It is here because this module alone has
/// libcurl.
///
/// Source: curl_easy_perform(3), libcurl's options of the same names.
public enum WebPing {
    /// Why the address was not told.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Asks for `address` and expects a status of success; what is answered is not looked at, and no redirect followed.
    ///
    /// - Parameter limit: for all of it, from finding the host to the answer's end.
    /// - Throws: `Failure`, which does not name the address: whoever knows it can ping in this vault's name.
    public static func get(_ address: String, within limit: Duration) async throws(Failure) {
        let result: Result<Void, Failure> = await withCheckedContinuation { continuation in
            // libcurl's easy interface blocks, which the threads of tasks must not.
            do {
                try startThread {
                    continuation.resume(
                        returning: Result { () throws(Failure) in try perform(address, limit) })
                }
            } catch {
                continuation.resume(
                    returning: Result<Void, Failure>.failure(
                        Failure(description: "no thread for it: \(error)")))
            }
        }
        try result.get()
    }

    private static func perform(_ address: String, _ limit: Duration) throws(Failure) {
        guard CurlTransport.isInitialized, let easy = curl_easy_init() else {
            throw Failure(description: "libcurl cannot be set up")
        }
        defer { curl_easy_cleanup(easy) }
        curl_easy_set_string(easy, CURLOPT_URL, address)
        curl_easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        curl_easy_set_string(easy, CURLOPT_USERAGENT, "photobackup")
        curl_easy_set_long(easy, CURLOPT_NOSIGNAL, 1)
        curl_easy_set_long(easy, CURLOPT_TIMEOUT_MS, limit.wholeMilliseconds)
        curl_easy_set_write_function(easy, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        let code = curl_easy_perform(easy)
        guard code == CURLE_OK else { throw Failure(description: String(cString: curl_easy_strerror(code))) }
        var status = 0
        curl_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        guard (200..<300).contains(status) else {
            throw Failure(description: "it answered with HTTP status \(status)")
        }
    }
}
