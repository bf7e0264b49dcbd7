import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// What leaves the machine: no name, no secret and nothing of the photographs, in any object and in any request.
    @Suite struct LeakTests {
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
            let replicas = try Replica.onThreeServers()
            let overheard = Overheard()
            let proxies = try replicas.map { replica in
                try FaultProxy(to: replica.server) { _, request in
                    overheard.hear(request)
                    return .none
                }
            }
            let endpoints = Dictionary(
                uniqueKeysWithValues: proxies.enumerated().map { ($0.offset, $0.element.endpoint) })
            let configuration = replicas.configuration(reaching: endpoints)
            let machine = try Machine(replicas, configuration: configuration)
            let words = try await machine.initialise()
            let recoveryKey = try RecoveryPhrase.decode(words).withUnsafeBytes { Array($0) }

            let shoot = try machine.scratch.folder("Trauung Morgenstern")
            _ = try machine.scratch.folder("Trauung Morgenstern/kirche")
            let content = String(repeating: "the bride's mother cries; ", count: 400)
            try shoot.write(Array(content.utf8), to: "kirche/braut-0001.arw")
            try shoot.write(Array("GPS 48.2082, 16.3738".utf8), to: "kirche/braut-0001.xmp")
            let another = "another password, quite as long"
            let toAnother = Machine.withPassword.merging(["PHOTOBACKUP_NEW_PASSWORD": another]) { $1 }
            let commands: [(arguments: [String], environment: [String: String])] = [
                (
                    ["archive", shoot.text, "--as", "Hochzeit Sonnenschein", "--tag", "Schloss-Belvedere"],
                    [:]
                ),
                (["archive", shoot.text, "--as", "Hochzeit Sonnenschein", "--label", "zweite-kamera"], [:]),
                (["password", "change", "--kdf-strength", "interactive"], toAnother),
                (["kit", "verify"], ["PHOTOBACKUP_RECOVERY_PHRASE": words]),
                (["forget", "--keep-last", "1"], [:]), (["prune"], [:]),
                (["verify", "--level", "decrypt"], [:]), (["heal"], [:]), (["status"], [:]),
                (["restore", "Hochzeit Sonnenschein", "--to", machine.scratch("out")], [:]),
            ]
            for (arguments, environment) in commands {
                let run = await machine.finish(try machine.start(arguments, environment: environment))
                #expect(run.exitCode == 0, "\(run)")
            }
            let other = try Machine(replicas, configuration: configuration)
            let run = try await other.run("snapshots", environment: ["PHOTOBACKUP_PASSWORD": another])
            #expect(run.exitCode == 0 && run.output.contains("Hochzeit Sonnenschein"), "\(run)")

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

            let secrets =
                [
                    "Trauung", "Morgenstern", "Hochzeit", "Sonnenschein", "Schloss-Belvedere",
                    "zweite-kamera", "kirche", "braut-0001", "bride's mother", "48.2082", Machine.password,
                    another, words, String(words.split(separator: " ").prefix(3).joined(separator: " ")),
                    machine.scratch("home"),
                ] + replicas.map(\.server.secretAccessKey)
            var needles = secrets.flatMap { secret in Self.forms(of: secret).map { (secret, $0) } }
            needles.append(("the recovery key", Data(recoveryKey)))
            needles += Self.forms(of: recoveryKey.hex).map { ("the recovery key", $0) }
            needles.append(("the recovery key", Data(Data(recoveryKey).base64EncodedString().utf8)))
            for (secret, needle) in needles {
                let objects = objects.filter { $0.bytes.range(of: needle) != nil }.map(\.name)
                #expect(objects == [], "\(secret)")
                #expect(!requests.contains { $0.range(of: needle) != nil }, "\(secret)")
            }
        }
    }
}
