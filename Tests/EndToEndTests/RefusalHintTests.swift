import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

/// An answer that a provider, or what stands before it, was seen to refuse with, and what ends it.
struct RefusedRequest: Sendable {
    let hint: String
    let status: Int
    var code = ""
    var words = ""
    /// A page for people in place of an XML answer.
    var page: String?
    /// Which requests are refused; all of them, where nothing is said.
    var when: @Sendable (HTTPMessage) -> Bool = { _ in true }
    /// What the configuration has wrong, until that is corrected; where there is nothing, the provider lifts the refusal.
    var mistake: [String: String] = [:]
    /// More of it.
    var lines = ""
    /// Whether the right address is another one than that of what refuses.
    var isMisaddressed = false
    /// Commands that show more, before the remedy.
    var shows: [String] = []

    var isLifted: Bool { mistake.isEmpty && lines.isEmpty && !isMisaddressed }

    var answer: FaultProxy.Fault {
        .answer(
            .answer(
                status, headers: [("Content-Type", page == nil ? "application/xml" : "text/html")],
                body: page ?? "<Error><Code>\(code)</Code><Message>\(words)</Message></Error>"))
    }
}

extension EndToEnd {
    /// Each cure that a refusal names: the refusal is told with it, and what was to be done is done when it is applied.
    @Suite struct RefusalHintTests {
        private static let isPut: @Sendable (HTTPMessage) -> Bool = { $0.method == "PUT" }

        @Test func whatTheProviderLiftsIsOver() async throws { try await run(Self.lifted) }

        @Test func whatTheConfigurationHasRightIsTaken() async throws { try await run(Self.corrected) }

        private func run(_ rows: [RefusedRequest]) async throws {
            let refusal = Mutex<RefusedRequest?>(nil)
            let server = try Servers.named("moto")
            let proxy = try FaultProxy(to: server) { _, request in
                refusal.withLock { $0 }.flatMap { $0.when(request) ? $0.answer : nil } ?? .none
            }
            let replica = try Replica(server, prefix: Replica.newPrefix())
            let machine = try Machine(
                [replica], configuration: replica.configuration(["endpoint": proxy.endpoint]))
            _ = try await machine.initialise()
            let shoot = try machine.scratch.folder("shoot")
            for row in rows {
                try shoot.write(randomBytes(20_000), to: "\(row.status).raw")
                let right = ["endpoint": row.isMisaddressed ? server.endpoint : proxy.endpoint]
                let wrong = right.merging(["endpoint": proxy.endpoint]) { $1 }
                    .merging(
                        row.mistake.mapValues {
                            $0.replacing("PORT", with: "\(proxy.endpoint.split(separator: ":").last!)")
                        }
                    ) { $1 }
                refusal.withLock { $0 = row }
                try machine.configure(replica.configuration(wrong) + row.lines)
                let refused = try await archive(shoot, on: machine)
                #expect(refused.exitCode != 0 && refused.gives(hint: row.hint), "\(row.hint): \(refused)")
                for command in row.shows {
                    let shown = try await machine.finish(
                        machine.start(command.components(separatedBy: " "), environment: Machine.withPassword)
                    )
                    #expect(shown.exitCode == 0, "\(command): \(shown)")
                }
                if row.isLifted { refusal.withLock { $0 = nil } }
                try machine.configure(
                    replica.configuration(right.merging(row.cure(port: proxy.endpoint)) { $1 }))
                let done = try await archive(shoot, on: machine)
                #expect(done.exitCode == 0 && !done.gives(hint: row.hint), "\(row.hint): \(done)")
            }
        }

        private func archive(_ folder: Folder, on machine: Machine) async throws -> ProgramRun {
            try await machine.run(
                "archive", folder.text, "--as", "Shoot", "--replace", environment: Machine.withPassword)
        }

        private static let lifted: [RefusedRequest] = [
            .init(
                hint: "ask whoever runs … to let the User-Agent photobackup pass", status: 403,
                code: "AccessDenied", words: "Bad User-Agent"),
            .init(
                hint: "it can be replaced or deleted when its lock has ended", status: 400,
                code: "InvalidRequest", words: "Object is WORM protected and cannot be overwritten",
                when: isPut),
            .init(
                hint: "photobackup provider probe … shows which checksums the provider takes", status: 400,
                code: "MissingContentMD5", when: { isPut($0) && !$0.target.contains("probe") },
                shows: ["provider probe moto"]),
            .init(
                hint: "set this machine's clock; `timedatectl` shows whether it is synchronised", status: 403,
                code: "RequestTimeTooSkewed"),
            .init(
                hint:
                    "allow the access key to use the KMS key of the bucket …: kms:GenerateDataKey and kms:Decrypt",
                status: 403, code: "AccessDenied", words: "not authorized to perform: kms:GenerateDataKey",
                when: isPut),
            .init(
                hint: "raise the cap in the provider's console, or wait until it begins anew", status: 403,
                code: "AccessDenied", words: "Cannot list, transaction cap exceeded"),
            .init(
                hint: "look at the account and its bills in the provider's console", status: 403,
                code: "UserDisable"),
            .init(
                hint:
                    "raise its limit to 32 MiB: client_max_body_size of nginx, LimitRequestBody of Apache, or the like",
                status: 413, page: "<html><title>413 Request Entity Too Large</title></html>",
                when: { isPut($0) && $0.target.contains("packs/") }),
            .init(
                hint: "raise the quota at the provider, or make room", status: 507, code: "XMinioStorageFull",
                when: isPut),
            .init(
                hint:
                    "a proxy or a firewall answers for …: look at https_proxy and no_proxy, or ask whoever runs it",
                status: 403, page: "<html><title>403 Forbidden</title></html>"),
            .init(hint: "allow the access key to …", status: 403, code: "AccessDenied"),
        ]

        private static let corrected: [RefusedRequest] = [
            .init(
                hint: "photobackup provider probe … shows whether the bucket takes lock_days", status: 400,
                code: "InvalidRequest",
                when: { $0["x-amz-object-lock-mode"] != nil && !$0.target.contains("probe") },
                lines: "lock_days = 1\n", shows: ["provider probe moto"]),
            .init(
                hint:
                    "make a bucket with object lock, or take lock_days out; photobackup provider probe … shows what holds",
                status: 400, code: "InvalidRequest", words: "Bucket is missing Object Lock Configuration",
                when: { $0["x-amz-object-lock-mode"] != nil && !$0.target.contains("probe") },
                lines: "lock_days = 1\n", shows: ["provider probe moto"]),
            .init(
                hint:
                    "take storage_class = \"…\" out of the configuration, or name a class that the provider has",
                status: 400, code: "InvalidStorageClass", when: { $0["x-amz-storage-class"] != nil },
                mistake: ["storage_class": "STANDARD_IA"]),
            .init(
                hint:
                    "photobackup provider probe … shows whether the bucket takes lock_days and storage_class",
                status: 501, code: "NotImplemented",
                when: { $0["x-amz-storage-class"] != nil && !$0.target.contains("probe") },
                mistake: ["storage_class": "STANDARD_IA"], shows: ["provider probe moto"]),
            .init(
                hint: "write addressing = \"virtual\" for this provider", status: 403,
                code: "SecondLevelDomainForbidden", when: { $0["host"]?.hasPrefix("localhost") ?? false },
                mistake: ["endpoint": "http://localhost:PORT"]),
            .init(
                hint: "write addressing = \"path\" for this provider", status: 400, code: "InvalidRequest",
                words: "virtual-hosted addresses are disabled",
                when: { $0["host"]?.contains(".localhost") ?? false },
                mistake: ["endpoint": "http://localhost:PORT", "addressing": "virtual"]),
            .init(
                hint: "check the access key id: nothing but the key itself belongs there", status: 400,
                code: "AuthorizationHeaderMalformed", words: "The access key is malformed",
                when: { $0["authorization"]?.contains("=AKIA WRONG/") ?? false },
                mistake: ["access_key_id": "AKIA WRONG"]),
            .init(
                hint:
                    "get a new one where this one came from; credentials_command and credential_process do it by themselves",
                status: 400, code: "ExpiredToken",
                when: { $0["authorization"]?.contains("=ENDED/") ?? false },
                mistake: ["access_key_id": "ENDED"]),
            .init(
                hint: "check endpoint and region in the configuration", status: 400,
                code: "IllegalLocationConstraintException",
                when: { $0["authorization"]?.contains("/eu-wrong-1/") ?? false },
                mistake: ["region": "eu-wrong-1"]),
            .init(
                hint: "correct the name of the bucket … in the configuration", status: 400,
                code: "InvalidBucketName", when: { $0.target.hasPrefix("/wrong..bucket") },
                mistake: ["bucket": "wrong..bucket"]),
            .init(
                hint: "set region to …, and endpoint to that region's address", status: 400,
                code: "AuthorizationHeaderMalformed",
                words: "the region 'us-east-1' is wrong; expecting 'us-east-1'", isMisaddressed: true),
            .init(
                hint: "check that … is the S3 address, and not a web console's or a proxy's", status: 404,
                page: "<html><title>Not here</title></html>", isMisaddressed: true),
            .init(
                hint: "check that … is the S3 address", status: 400, code: "InvalidArgument",
                isMisaddressed: true),
        ]
    }
}

extension RefusedRequest {
    /// What the hint adds to the configuration.
    fileprivate func cure(port endpoint: String) -> [String: String] {
        let port = endpoint.split(separator: ":").last.map(String.init) ?? ""
        return hint.contains("\"virtual\"")
            ? ["addressing": "virtual", "endpoint": "http://localhost:\(port)"] : [:]
    }
}
