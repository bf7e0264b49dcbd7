import Crypto
import Foundation
import ProgramTesting

/// A machine whose vault is in two folders, with one collection, for what runs while nobody is there.
struct UnattendedMachine {
    let machine: Machine
    let card: Folder
    private let providers: String

    init(_ more: String = "") async throws {
        machine = try Machine([], configuration: "")
        card = try machine.scratch.folder("card")
        try card.write(randomBytes(10_000), to: "1.raw")
        let scratch = machine.scratch
        providers = try ["one", "two"].map { name in
            "[[provider]]\nname = \"\(name)\"\npath = \"\(try scratch.folder(name).text)\"\n"
        }.joined(separator: "\n")
        try configure("")
        _ = try await machine.initialise()
        try configure(more)
    }

    /// Writes the configuration: the providers, the collection, and `more`.
    func configure(_ more: String, sources: [String]? = nil) throws {
        let list = (sources ?? [card.text]).map { "\"\($0)\"" }.joined(separator: ", ")
        try machine.configure(
            providers + "\n[[collection]]\nname = \"Card\"\nsources = [\(list)]\n\n" + more)
    }

    func path(_ name: String) -> String { machine.scratch(name) }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}
