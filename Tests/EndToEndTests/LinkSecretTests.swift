import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Synchronization
import Testing

extension EndToEnd {
    /// Where the secret of a link does not stand.
    @Suite struct LinkSecretTests {
        /// The words of every process, with a zero byte behind each, as anybody may read them (proc_pid_cmdline(5)).
        private static func commandLines() -> [String] {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.filter { Int($0) != nil }.compactMap { process in
                (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))).map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
        }

        /// The look is taken while the program waits for the page of the link.
        @Test func theListOfProcessesHoldsNoLink() async throws {
            let scratch = try Scratch()
            let shown = Mutex<[String]>([])
            let server = try ScriptedServer { _, _ in
                shown.withLock { $0 += Self.commandLines() }
                return .answer(404)
            }
            let fragment = "AQ" + randomBytes(32).base64URL.dropFirst(1)
            let run = try await RunningProgram(
                ["share", "open", "\(server.endpoint)/page.html#\(fragment)", "--allow-local"],
                environment: ["HOME": scratch.path]
            ).finish()
            // It was understood as a link, and what it leads to is gone.
            #expect(run.exitCode == 1 && run.error.contains("it is not there any more"), "\(run)")
            let own = shown.withLock { $0 }.filter { $0.contains("\(server.endpoint)/page.html#") }
            #expect(own.count == 1 && own[0].contains("share\0open\0"))
            #expect(!own.contains { $0.contains(fragment.suffix(20)) })
        }

        /// `share link` shows it, and the vault has a sealed record of it. No message of any other command holds it, and no
        /// file of this machine.
        @Test func noSecretOfALinkIsWrittenDown() async throws {
            let replica = try Replica(Servers.named("moto"), prefix: Replica.newPrefix())
            let machine = try await Machine.withVault(on: [replica])
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(1000), to: "a.jpg")
            try await machine.archive(shoot)
            let made = try await machine.run("share", "link", "Shoot", "--no-previews", "--json")
            let address = try #require(made.summary["address"] as? String, "\(made)")
            let fragment = try #require(address.split(separator: "#").last.map(String.init))
            let secret = Array(try #require([UInt8](base64URL: fragment)).dropFirst())
            // The first letters are the version's, and the last ones depend on what follows.
            let texts = [
                String(fragment.dropFirst(3).dropLast(3)), String(secret.base64URL.dropLast(3)), secret.hex,
            ]
            let needles = texts.map { Data($0.utf8) } + [Data(secret)]
            for text in texts { machine.guardSecret(text) }
            for command in [
                ["share", "list"], ["status"], ["status", "--json"], ["verify"], ["share", "list", "--json"],
            ] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == 0, "\(run)")
            }
            let home = machine.scratch("home")
            let files = try #require(FileManager.default.enumerator(atPath: home)).compactMap {
                $0 as? String
            }
            #expect(files.contains { $0.hasSuffix("catalog.sqlite") })
            for file in files {
                let bytes = FileManager.default.contents(atPath: "\(home)/\(file)") ?? Data()
                for needle in needles {
                    #expect(bytes.range(of: needle) == nil, "the secret of a link is in \(file)")
                }
            }
        }
    }
}
