internal import Foundation

internal import S3

extension TestServer {
    /// The same server with a new bucket, which can lock its objects if it is made so and the server can.
    public func withOwnBucket(isLocking: Bool) async throws -> TestServer {
        let server = TestServer(
            name: name, endpoint: endpoint, region: region,
            bucket: "own-\(UUID().uuidString.prefix(13).lowercased())", accessKeyID: accessKeyID,
            secretAccessKey: secretAccessKey, caFile: caFile)
        var create = S3Operation(method: .put, key: "", object: nil)
        if isLocking { create.headers = [("x-amz-bucket-object-lock-enabled", "true")] }
        _ = try await server.store().session.perform(create)
        return server
    }

    /// Lets nobody delete anything in the bucket, with any key: the server must know bucket policies.
    public func denyDeletion() async throws {
        try await setPolicy(
            effect: "Deny", actions: #"["s3:DeleteObject", "s3:DeleteObjectVersion"]"#)
    }

    /// Lets everybody read what is in the bucket, without any key: the server must know bucket policies.
    public func letEverybodyRead() async throws {
        try await setPolicy(effect: "Allow", actions: #"["s3:GetObject"]"#)
    }

    private func setPolicy(effect: String, actions: String) async throws {
        let policy = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "\(effect)", "Principal": "*", \
            "Action": \(actions), "Resource": ["arn:aws:s3:::\(bucket)/*"]}]}
            """
        let operation = S3Operation(method: .put, key: "", object: nil).with(query: "policy", body: policy)
        _ = try await store().session.perform(operation)
    }
}
