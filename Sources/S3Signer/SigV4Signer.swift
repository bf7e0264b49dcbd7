internal import Crypto

/// Signs requests with AWS Signature Version 4: the same request, credentials and date always give the same
/// signature. It is a value that reads no clock, keeps no state and sends nothing.
///
/// A request to be sent anonymously is not signed at all; see `S3Credentials`.
///
/// Source: "AWS Signature Version 4 for API requests" in the IAM User Guide; "Authenticating Requests" in the
/// S3 API Reference.
public struct SigV4Signer: Sendable {
    /// The longest life of a presigned URL: seven days, in seconds.
    public static let longestExpiry = 604_800

    public let credentials: S3Credentials
    public let region: String
    public let service: String
    public let rules: SigningRules

    private static let algorithm = "AWS4-HMAC-SHA256"

    public init(
        credentials: S3Credentials, region: String, service: String = "s3", rules: SigningRules = .s3
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.rules = rules
    }

    // MARK: In headers

    /// The headers to add to the request: `x-amz-date`, where the rules want it `x-amz-content-sha256`, with
    /// temporary credentials `x-amz-security-token`, and `authorization`.
    ///
    /// `host` is signed as the request has it, and the transport sends it. Every header of the request is
    /// signed, but for those that clients and proxies change (connection, expect, te, trailer,
    /// transfer-encoding, upgrade, user-agent, x-amzn-trace-id, proxy-…). What is added here takes the place of
    /// headers of the same name.
    public func sign(_ request: S3Request, at date: SigningDate) -> [(name: String, value: String)] {
        let added = addedHeaders(request, date)
        let canonical = canonical(request, adding: added)
        let scope = scope(date)
        let signature = signature(of: stringToSign(canonical, date, scope), at: date)
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        return added + [("authorization", authorization)]
    }

    /// The canonical request that `sign` hashes.
    public func canonicalRequest(_ request: S3Request, at date: SigningDate) -> String {
        String(decoding: canonical(request, adding: addedHeaders(request, date)).bytes, as: UTF8.self)
    }

    /// The string whose HMAC is the signature that `sign` adds.
    public func stringToSign(_ request: S3Request, at date: SigningDate) -> String {
        stringToSign(canonical(request, adding: addedHeaders(request, date)), date, scope(date))
    }

    private func addedHeaders(
        _ request: S3Request, _ date: SigningDate
    ) -> [(name: String, value: String)] {
        var headers = [(name: "x-amz-date", value: date.timestamp)]
        if rules.addsPayloadHash { headers.append(("x-amz-content-sha256", request.payloadHash.text)) }
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        return headers
    }

    private func canonical(
        _ request: S3Request, adding added: [(name: String, value: String)]
    ) -> CanonicalRequest {
        CanonicalRequest(
            method: request.method, path: CanonicalPath.bytes(of: request.path, rules: rules),
            query: CanonicalQuery(request.query),
            headers: CanonicalHeaders(given: request.headers, added: added + [("host", request.host)]),
            payloadHash: request.payloadHash.text)
    }

    // MARK: In the query

    /// The whole URL, which carries its own permission for `expires` seconds from `date`.
    ///
    /// Headers that the request has are signed, so whoever uses the URL must send them alike. By the rules of S3
    /// the body is left open.
    ///
    /// - Precondition: `expires` is 1 to 604,800.
    public func presign(_ request: S3Request, expires: Int, at date: SigningDate) -> String {
        let query = presignedQuery(request, expires, date)
        let canonical = canonical(request, presignedWith: query)
        let signature = signature(of: stringToSign(canonical, date, scope(date)), at: date)
        return "\(request.scheme.rawValue)://\(request.host)\(request.encodedPath)?\(query.text)"
            + "&X-Amz-Signature=\(signature)"
    }

    /// The canonical request that `presign` hashes.
    public func canonicalRequest(_ request: S3Request, expires: Int, at date: SigningDate) -> String {
        let query = presignedQuery(request, expires, date)
        return String(decoding: canonical(request, presignedWith: query).bytes, as: UTF8.self)
    }

    /// The string whose HMAC is the signature that `presign` puts into the URL.
    public func stringToSign(_ request: S3Request, expires: Int, at date: SigningDate) -> String {
        let query = presignedQuery(request, expires, date)
        return stringToSign(canonical(request, presignedWith: query), date, scope(date))
    }

    private func presignedQuery(
        _ request: S3Request, _ expires: Int, _ date: SigningDate
    ) -> CanonicalQuery {
        precondition((1...Self.longestExpiry).contains(expires), "a presigned URL lives 1 s to 7 days")
        var query = request.query
        query.append(("X-Amz-Algorithm", Self.algorithm))
        query.append(("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(date))"))
        query.append(("X-Amz-Date", date.timestamp))
        query.append(("X-Amz-Expires", String(expires)))
        query.append(("X-Amz-SignedHeaders", presignedHeaders(request).names))
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        return CanonicalQuery(query)
    }

    private func presignedHeaders(_ request: S3Request) -> CanonicalHeaders {
        CanonicalHeaders(given: request.headers, added: [("host", request.host)])
    }

    private func canonical(_ request: S3Request, presignedWith query: CanonicalQuery) -> CanonicalRequest {
        CanonicalRequest(
            method: request.method, path: CanonicalPath.bytes(of: request.path, rules: rules), query: query,
            headers: presignedHeaders(request),
            payloadHash: (rules.presignsAnyPayload ? .unsigned : request.payloadHash).text)
    }

    // MARK: The signature

    private func scope(_ date: SigningDate) -> String { "\(date.day)/\(region)/\(service)/aws4_request" }

    private func stringToSign(
        _ canonical: CanonicalRequest, _ date: SigningDate, _ scope: String
    ) -> String {
        "\(Self.algorithm)\n\(date.timestamp)\n\(scope)\n\(SHA256.hash(canonical.bytes).hex)"
    }

    private func signature(of stringToSign: String, at date: SigningDate) -> String {
        HMACSHA256.authenticate(Array(stringToSign.utf8).span.bytes, key: signingKey(date)).hex
    }

    /// The key of one day, region and service, which is all that a signature can give away.
    func signingKey(_ date: SigningDate) -> SecretBytes {
        var key = credentials.secretAccessKey.prefixed("AWS4")
        for part in [date.day, region, service, "aws4_request"] {
            var next = HMACSHA256.authenticate(Array(part.utf8).span.bytes, key: key).bytes
            key = SecretBytes(consuming: &next)
        }
        return key
    }
}

extension SecretBytes {
    /// These bytes with public text before them.
    fileprivate func prefixed(_ text: StaticString) -> SecretBytes {
        SecretBytes(count: text.utf8CodeUnitCount + count) { buffer in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[text.utf8CodeUnitCount...])
            withUnsafeBytes { if $0.count > 0 { rest.copyMemory(from: $0) } }
        }
    }
}
