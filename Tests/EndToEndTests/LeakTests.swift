import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// What leaves the machine: no name, no secret and nothing of the photographs, in any object and in any request.
    @Suite struct LeakTests {
        private static let another = "another password, quite as long"
        private static let ofLink = "the link's own password"

        private let replicas: [Replica]
        private let overheard = Overheard()
        /// What the machine reaches the replicas through.
        private let proxies: [FaultProxy]
        private let configuration: String
        private let machine: Machine
        private let words: String

        init() async throws {
            replicas = try Replica.onThreeServers()
            proxies = try replicas.map { [overheard] replica in
                try FaultProxy(to: replica.server) { _, request in
                    overheard.hear(request)
                    return .none
                }
            }
            configuration = replicas.configuration(
                reaching: Dictionary(
                    uniqueKeysWithValues: proxies.enumerated().map { ($0.offset, $0.element.endpoint) }))
            machine = try Machine(replicas, configuration: configuration)
            words = try await machine.initialise()
        }

        /// Everything that providers get to see.
        private final class Overheard: Sendable {
            private let requests = Mutex<[[UInt8]]>([])

            func hear(_ request: HTTPMessage) {
                let lines = [request.start] + request.headers.map { "\($0.name): \($0.value)" }
                let bytes = Array(lines.joined(separator: "\n").utf8) + request.body
                requests.withLock { $0.append(bytes) }
            }

            var all: [Data] { requests.withLock { $0.map { Data($0) } } }
        }

        /// A text as it could show: plain, in an address, in JSON or in a header.
        private static func forms(of text: String) -> [Data] {
            let bytes = Data(text.utf8)
            let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
            // Without its last letters, which depend on what follows.
            let base64 = bytes.base64EncodedString().prefix(bytes.count * 4 / 3 - 3)
            let hex = Array(bytes).hex
            return [
                bytes, Data(escaped.utf8), Data(base64.utf8), Data(hex.utf8), Data(hex.uppercased().utf8),
            ]
        }

        @Test func noObjectAndNoRequestHoldsWhatIsSecret() async throws {
            try await useEverything()
            let fragment = try await share()
            var objects: [(name: String, bytes: Data)] = []
            for replica in replicas {
                for name in try await replica.objects().keys {
                    objects.append((name, Data(name.utf8) + Data(try await replica.read(name))))
                }
            }
            let requests = overheard.all
            #expect(requests.count > 100 && objects.count > 30)
            // What may show is found in this way, so what may not would be.
            let vault = try #require(try await machine.run("status", "--json").summary["vault"] as? String)
            #expect(objects.contains { $0.bytes.range(of: Data(vault.utf8)) != nil })
            #expect(requests.contains { $0.range(of: Data("keyring/".utf8)) != nil })
            #expect(requests.contains { $0.range(of: Data("shares/".utf8)) != nil })

            for (secret, needle) in try needles(fragment) {
                let objects = objects.filter { $0.bytes.range(of: needle) != nil }.map(\.name)
                #expect(objects == [], "\(secret)")
                #expect(!requests.contains { $0.range(of: needle) != nil }, "\(secret)")
            }
        }

        // MARK: - What is done

        private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws
            -> ProgramRun
        {
            let run = await machine.finish(try machine.start(arguments, environment: environment))
            #expect(run.exitCode == 0, "\(run)")
            return run
        }

        private func useEverything() async throws {
            let shoot = try machine.scratch.folder("Trauung Morgenstern")
            _ = try machine.scratch.folder("Trauung Morgenstern/kirche")
            let content = String(repeating: "the bride's mother cries; ", count: 400)
            try shoot.write(Array(content.utf8), to: "kirche/braut-0001.arw")
            try shoot.write(Array("GPS 48.2082, 16.3738".utf8), to: "kirche/braut-0001.xmp")
            let archive = ["archive", shoot.text, "--as", "Hochzeit Sonnenschein"]
            let toAnother = Machine.withPassword.merging(["PHOTOBACKUP_NEW_PASSWORD": Self.another]) { $1 }
            let commands: [(arguments: [String], environment: [String: String])] = [
                (archive + ["--tag", "Schloss-Belvedere"], [:]),
                (archive + ["--label", "zweite-kamera"], [:]),
                (["password", "change", "--kdf-strength", "interactive"], toAnother),
                (["kit", "verify"], ["PHOTOBACKUP_RECOVERY_PHRASE": words]),
                (["forget", "--keep-last", "1"], [:]), (["prune"], [:]),
                (["verify", "--level", "decrypt"], [:]), (["heal"], [:]), (["status"], [:]),
                (["restore", "Hochzeit Sonnenschein", "--to", machine.scratch("out")], [:]),
            ]
            for (arguments, environment) in commands { _ = try await run(arguments, environment) }
            let other = try Machine(replicas, configuration: configuration)
            let run = try await other.run("snapshots", environment: ["PHOTOBACKUP_PASSWORD": Self.another])
            #expect(run.exitCode == 0 && run.output.contains("Hochzeit Sonnenschein"), "\(run)")
        }

        /// Shares by link and with a person, each of whom opens it; returns the link's fragment.
        private func share() async throws -> String {
            let password = ["PHOTOBACKUP_SHARE_PASSWORD": Self.ofLink]
            let link = try await run(
                [
                    "share", "link", "Hochzeit Sonnenschein", "--title", "Brautpaar Abendrot", "--password",
                    "--json",
                ],
                password)
            let address = try #require(link.summary["address"] as? String)
            _ = try await run(
                ["share", "open", address, "--to", machine.scratch("opened"), "--allow-local"], password)

            let anna = try Machine.unconfigured(replicas)
            let identity = try await anna.run("share", "identity", "--json")
            let key = try #require(
                identity.messages.first { $0["message_type"] as? String == "identity" }?["public_key"]
                    as? String)
            let file = machine.scratch("anna.grant")
            _ = try await run(
                [
                    "share", "grant", "Hochzeit Sonnenschein", "--to", key, "--name", "Annamaria", "-o", file,
                ])
            let accepted = try await anna.run("share", "accept", file)
            #expect(accepted.exitCode == 0, "\(accepted)")
            _ = try await run(["share", "list"])
            return try #require(address.split(separator: "#").last.map(String.init))
        }

        // MARK: - What is looked for

        private func needles(_ fragment: String) throws -> [(secret: String, needle: Data)] {
            let recoveryKey = try RecoveryPhrase.decode(words).withUnsafeBytes { Array($0) }
            let secrets =
                [
                    "Trauung", "Morgenstern", "Hochzeit", "Sonnenschein", "Schloss-Belvedere",
                    "zweite-kamera", "kirche", "braut-0001", "bride's mother", "48.2082", Machine.password,
                    Self.another, Self.ofLink, "Brautpaar", "Abendrot", "Annamaria", words,
                    String(words.split(separator: " ").prefix(3).joined(separator: " ")),
                    machine.scratch("home"),
                ] + replicas.map(\.server.secretAccessKey)
            var needles = secrets.flatMap { secret in Self.forms(of: secret).map { (secret, $0) } }
            needles.append(("the recovery key", Data(recoveryKey)))
            needles += Self.forms(of: recoveryKey.hex).map { ("the recovery key", $0) }
            needles.append(("the recovery key", Data(Data(recoveryKey).base64EncodedString().utf8)))
            // Its first letters are the version's.
            needles.append(("the fragment", Data(fragment.dropFirst(4).prefix(20).utf8)))
            let secret = try #require([UInt8](base64URL: fragment))
            needles.append(("the fragment's secret", Data(secret.dropFirst())))
            return needles
        }
    }
}
