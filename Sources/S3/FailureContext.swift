internal import ObjectStore

/// What failures of one request are told of.
struct FailureContext: Sendable {
    let configuration: S3Configuration
    /// As messages name it.
    let object: String?
    /// The region that the request was signed for.
    let region: String
    /// The request; nil where more than one was meant.
    var operation: S3Operation?

    func error(
        _ code: ObjectStoreError.Code, _ reason: String, hint: String? = nil, isRetryable: Bool = false
    ) -> ObjectStoreError {
        ObjectStoreError(
            code, store: configuration.name, object: object, reason: reason, hint: hint,
            isRetryable: isRetryable)
    }

    func malformed(_ reason: String) -> ObjectStoreError {
        error(
            .malformedAnswer, reason,
            hint:
                "check that \(configuration.endpoint) is the S3 address, and not a web console's or a proxy's"
        )
    }
}

// MARK: - Words

extension FailureContext {
    /// A hint or a reason of the table, with what this request was about.
    ///
    /// - Parameters:
    ///   - said: what the server said, which may name the right that is missing.
    ///   - location: where a redirect leads.
    func filled(_ text: String, said: String? = nil, location: String? = nil) -> String {
        guard text.contains("{") else { return text }
        let values = [
            ("{bucket}", configuration.bucket), ("{endpoint}", configuration.endpoint),
            ("{name}", configuration.name),
            ("{class}", configuration.storageClass?.storageClass ?? "of that name"),
            ("{size}", "\(operation?.body?.count ?? 0) bytes"),
            ("{rights}", rights(said: said)),
            ("{location}", location.flatMap(Self.address).map { ", \($0)" } ?? ""),
        ]
        return values.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// What the key has to be allowed, as a person calls it and as AWS does.
    private func rights(said: String?) -> String {
        let place =
            "the bucket \(configuration.bucket)"
            + (configuration.prefix.isEmpty ? "" : " below \(configuration.prefix)/")
        if let action = said?.firstMatch(of: /s3:[A-Za-z]+/) { return "do \(action.0) in \(place)" }
        guard let operation else { return "read, write and list \(place)" }
        let isOfBucket = operation.key.isEmpty
        let query = Set(operation.query.map(\.name))
        return switch operation.method {
        case .get where isOfBucket && query.contains("versions"):
            "list versions in \(place) (s3:ListBucketVersions)"
        case .get where isOfBucket: "list \(place) (s3:ListBucket)"
        case .head where isOfBucket: "list \(place) (s3:ListBucket)"
        case .get, .head: "read \(place) (s3:GetObject), and to list it (s3:ListBucket)"
        case .put where query.contains("retention"): "lock objects in \(place) (s3:PutObjectRetention)"
        case .put where operation.headers.contains { $0.name.hasPrefix("x-amz-object-lock") }:
            "write to \(place) and to lock there (s3:PutObject, s3:PutObjectRetention)"
        case .put: "write to \(place) (s3:PutObject)"
        case .post where query.contains("restore"):
            "ask for objects in cold storage in \(place) (s3:RestoreObject)"
        case .post: "write to \(place)"
        case .delete: "delete in \(place) (s3:DeleteObject)"
        }
    }

    /// Scheme and host of an address, without what may stand behind them.
    private static func address(_ location: String) -> String? {
        location.firstMatch(of: /^https?:\/\/[A-Za-z0-9.:-]{1,253}/).map { String($0.0) }
    }
}
