internal import Foundation
public import Vault

/// The least that a recipient's credential needs at an S3-compatible provider, as an IAM policy.
///
/// It reads packs of all collections, which say nothing without the references in a snapshot; snapshots of the one
/// collection alone; and grants, which are sealed for their recipients. It lists the last two. It cannot read keyrings,
/// lists of providers, records, or other collections' snapshots, and writes nothing.
///
/// Source: AWS, "IAM JSON policy reference" and "Policy actions for Amazon S3".
public struct BucketPolicy: Sendable {
    /// The folders whose objects may be read.
    public static func readableFolders(_ collection: CollectionID) -> [String] {
        [ObjectName.packsPrefix, ObjectName.metaPrefix] + listedFolders(collection)
    }

    /// Those that may be listed too.
    public static func listedFolders(_ collection: CollectionID) -> [String] {
        ["\(ObjectName.snapshotsPrefix)\(collection.hex)/", ObjectName.grantsPrefix]
    }

    /// JSON, indented.
    public let text: String

    /// - Parameter prefix: what stands before every name in the bucket, without slashes around it.
    public init(bucket: String, prefix: String, collection: CollectionID) {
        let start = prefix.isEmpty ? "" : prefix + "/"
        let policy = Policy(statements: [
            Statement(
                action: "s3:GetObject",
                resource: Self.readableFolders(collection).map { "arn:aws:s3:::\(bucket)/\(start)\($0)*" },
                condition: nil),
            Statement(
                action: "s3:ListBucket", resource: ["arn:aws:s3:::\(bucket)"],
                condition: [
                    "StringLike": ["s3:prefix": Self.listedFolders(collection).map { "\(start)\($0)*" }]
                ]),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(policy) else {
            preconditionFailure("texts are always encodable")
        }
        text = String(decoding: json, as: UTF8.self)
    }

    private struct Policy: Encodable {
        let version = "2012-10-17"
        let statements: [Statement]

        enum CodingKeys: String, CodingKey {
            case version = "Version"
            case statements = "Statement"
        }
    }

    private struct Statement: Encodable {
        let effect = "Allow"
        let action: String
        let resource: [String]
        let condition: [String: [String: [String]]]?

        enum CodingKeys: String, CodingKey {
            case effect = "Effect"
            case action = "Action"
            case resource = "Resource"
            case condition = "Condition"
        }
    }
}
