import Foundation
import ProgramTesting
import Testing

/// What the program advises, tried: the hint is given, and doing what it says ends well, without the hint.
struct HintTrial: Sendable {
    typealias Step = @Sendable (Machine) async throws -> Void

    /// As in `HintTable`, with `…` in place of what is put in when it is given.
    let hint: String
    private var before: Step = { _ in }
    private let command: String
    private var remedy: Step = { _ in }
    private let cures: @Sendable (ProgramRun) throws -> [String]
    private var after: Step = { _ in }
    private let environment: [String: String]
    private let launcher: [String]

    /// - Parameters:
    ///   - command: what the hint is given for. In it and in the cures, `@name` is a path below the machine's folder.
    ///   - remedy: what the hint says, as far as it is done by hand.
    ///   - cures: what ends with 0 then, and the last of them without the hint.
    ///   - after: makes the machine what it was.
    init(
        _ hint: String, _ command: String, cures: String..., before: @escaping Step = { _ in },
        remedy: @escaping Step = { _ in }, after: @escaping Step = { _ in },
        environment: [String: String] = Machine.withPassword, launcher: [String] = []
    ) {
        self.init(
            hint, command, told: { _ in cures }, before: before, remedy: remedy, after: after,
            environment: environment, launcher: launcher)
    }

    /// - Parameter told: the cures, with what the program has said put in.
    init(
        _ hint: String, _ command: String, told: @escaping @Sendable (ProgramRun) throws -> [String],
        before: @escaping Step = { _ in }, remedy: @escaping Step = { _ in },
        after: @escaping Step = { _ in }, environment: [String: String] = Machine.withPassword,
        launcher: [String] = []
    ) {
        (self.hint, self.command, cures, self.environment) = (hint, command, told, environment)
        (self.before, self.remedy, self.after, self.launcher) = (before, remedy, after, launcher)
    }

    func run(on machine: Machine) async throws {
        try await before(machine)
        let failed = try await run(command, on: machine, launcher: launcher)
        #expect(failed.gives(hint: hint), "\(hint): \(failed)")
        try await remedy(machine)
        let cures = try cures(failed)
        #expect(!cures.isEmpty, "\(hint)")
        for (place, cure) in cures.enumerated() {
            let cured = try await run(cure, on: machine)
            #expect(cured.exitCode == 0, "\(hint): \(cure): \(cured)")
            #expect(place < cures.count - 1 || !cured.gives(hint: hint), "\(hint): \(cured)")
        }
        try await after(machine)
    }

    private func run(_ line: String, on machine: Machine, launcher: [String] = []) async throws -> ProgramRun
    {
        let words = line.split(separator: " ").map { word in
            word.hasPrefix("@") ? machine.scratch(String(word.dropFirst())) : String(word)
        }
        return await machine.finish(
            try machine.start(words, environment: environment, launcher: launcher))
    }
}

extension ProgramRun {
    /// Whether a hint of this text, with anything in place of `…`, is given.
    func gives(hint: String) -> Bool {
        hints.contains { line in
            var rest = line[...]
            for part in hint.split(separator: "…") {
                guard let found = rest.firstRange(of: part) else { return false }
                rest = rest[found.upperBound...]
            }
            return true
        }
    }

    /// Those of messages, and those below the findings of `doctor`.
    var hints: [String] {
        (error + output).split(separator: "\n").compactMap { line in
            if line.hasPrefix("hint: ") { return String(line.dropFirst(6)) }
            return line.hasPrefix("        ") ? String(line.dropFirst(8)) : nil
        }
    }

    /// What the first hint says that holds these words, from behind them to the next of `ends`.
    func told(after words: String, until ends: Set<Character> = [" ", ",", ";", "?"]) throws -> String {
        let line = try #require(hints.first { $0.contains(words) }, "\(self)")
        let start = try #require(line.firstRange(of: words)).upperBound
        return String(line[start...].prefix { !ends.contains($0) })
    }
}

extension Machine {
    /// The vault on three disks, or the first of them, and `more` of the configuration.
    func configureDisks(_ more: String = "", top: String = "", count: Int = 3) throws {
        let providers = (1...count).map { number in
            "[[provider]]\nname = \"disk\(number)\"\npath = \"\(scratch("disk\(number)"))\"\n"
        }
        try configure(top + "\n" + providers.joined() + more)
    }

    /// The provider's objects below a folder, by their paths.
    func objects(on disk: String, _ folder: String) throws -> [String] {
        let root = scratch("\(disk)/\(folder)")
        return try FileManager.default.subpathsOfDirectory(atPath: root).map { "\(root)/\($0)" }.filter {
            var status = stat()
            return lstat($0, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }

    func loseObjects(on disk: String, _ folder: String) throws {
        for path in try objects(on: disk, folder) { try FileManager.default.removeItem(atPath: path) }
    }

    /// Makes all that the disks hold older.
    func age(_ disks: [String], bySeconds seconds: TimeInterval) throws {
        for disk in disks {
            for path in try objects(on: disk, "") {
                let modified = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
                let date = try #require(modified as? Date).addingTimeInterval(-seconds)
                try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
            }
        }
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: scratch(name)))
    }

    func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: scratch(name), toPath: scratch(other))
    }
}
