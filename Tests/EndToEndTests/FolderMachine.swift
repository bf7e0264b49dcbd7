import Crypto
import Foundation
import ProgramTesting
import Testing

extension Machine {
    /// A machine whose three providers are folders, with a vault, and the collection "Shoot" of its folder `shoot`, backed
    /// up once.
    ///
    /// - Parameter settings: further lines for the top of the configuration.
    static func onFolders(fileCount: Int = 3, settings: String = "") async throws -> Machine {
        let machine = try Machine([])
        let shoot = try machine.scratch.folder("shoot")
        for number in 0..<fileCount { try shoot.write(randomBytes(500 + number), to: "\(number).raw") }
        try machine.configureFolders(settings)
        _ = try await machine.initialise()
        let run = try await machine.run("backup")
        try #require(run.exitCode == 0, "\(run)")
        return machine
    }

    func configureFolders(_ settings: String = "") throws {
        let providers = try ["a", "b", "c"].map { name in
            "[[provider]]\nname = \"\(name)\"\npath = \"\(try scratch.folder("replica-\(name)").text)\"\n"
        }
        try configure(
            "\(settings)\n\(providers.joined())"
                + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(scratch("shoot"))\"]\n")
    }

    /// The folder with what this machine remembers of its only vault.
    var vaultState: String {
        get throws {
            let state = scratch("home/.local/state/photobackup")
            let names = try FileManager.default.contentsOfDirectory(atPath: state)
            return "\(state)/\(try #require(names.first { $0.count == 32 }))"
        }
    }

    var catalog: String { get throws { try "\(vaultState)/catalog.sqlite" } }
}

extension ProgramRun {
    /// How many lines of standard error warn of what is called so.
    func warnings(of what: String) -> Int {
        error.split(separator: "\n").count { $0.hasPrefix("photobackup: warning: \(what)") }
    }
}
