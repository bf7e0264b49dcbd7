internal import Crypto
package import ObjectStore
internal import S3Signer

/// A request before it is signed.
package struct S3Operation: Sendable {
    let method: HTTPRequest.Method
    /// With the configuration's prefix; empty for the bucket itself.
    let key: String
    /// As messages name it.
    let object: String?
    var query: [(name: String, value: String)] = []
    package var headers: [(name: String, value: String)] = []
    var body: ObjectBytes?
    var payloadHash = PayloadHash.empty
    var maximumByteCount = 64 << 10
    var keptRange: Range<Int>?
    var isHashed = false

    package init(method: HTTPRequest.Method, key: String, object: String?) {
        self.method = method
        self.key = key
        self.object = object
    }
}

extension S3Operation {
    /// The same with the MD5 of its body, where it is a put without any checksum.
    func withMD5() -> S3Operation {
        let isChecked = headers.contains { $0.name == "content-md5" || $0.name.hasPrefix("x-amz-checksum-") }
        guard method == .put, !isChecked, let body else { return self }
        var operation = self
        operation.headers.append(("content-md5", body.withBytes { MD5.hash($0) }.base64))
        return operation
    }

    /// The same with a subresource and an XML body, which carries the MD5 that S3 demands of some of them.
    package func with(query name: String, body text: String) -> S3Operation {
        let bytes = Array(text.utf8)
        var operation = self
        operation.query = [(name, "")]
        operation.headers.append(("content-md5", MD5.hash(bytes).base64))
        operation.body = ObjectBytes(bytes)
        operation.payloadHash = .sha256(SHA256.hash(bytes))
        return operation
    }
}
