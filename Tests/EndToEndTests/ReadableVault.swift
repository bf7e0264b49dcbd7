import CLinux
import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

/// A vault that the program wrote into a directory and onto a bucket, and the 24 words that open it.
struct ReadableVault {
    let machine: Machine
    let words: String
    let shoot: Folder
    let original: FolderRecord
    private let replica: Replica
    private let shelf: Folder

    /// - Parameter fill: puts into the folder what is to be archived as "Shoot".
    init(_ fill: (Folder) throws -> Void) async throws {
        replica = try Replica(Servers.named("seaweedfs"), prefix: Replica.newPrefix())
        machine = try Machine([replica])
        shelf = try machine.scratch.folder("shelf")
        try machine.configure(Self.configuration(replica, shelf))
        words = try await machine.initialise()
        shoot = try machine.scratch.folder("shoot")
        try fill(shoot)
        original = try FolderRecord(shoot.text)
        try await machine.archive(shoot)
    }

    private static func configuration(_ replica: Replica, _ shelf: Folder) -> String {
        [replica].configuration() + "\n[[provider]]\nname = \"shelf\"\npath = \"\(shelf.text)\"\n"
    }

    /// Another machine that has the providers, and the folder as its source of "Shoot".
    func secondMachine(named host: String, with source: (Folder) throws -> Void) throws -> Machine {
        let machine = try Machine([replica])
        let photos = try machine.scratch.folder("photos")
        try source(photos)
        try machine.configure(
            "host = \"\(host)\"\n" + Self.configuration(replica, shelf)
                + "[[collection]]\nname = \"Shoot\"\nsources = [\"\(photos.text)\"]\n")
        return machine
    }

    var inDirectory: [String] { ["--directory", shelf.text] }

    var inBucket: [String] {
        [
            "--bucket", replica.server.bucket, "--endpoint", replica.server.endpoint, "--region",
            replica.server.region, "--prefix", replica.prefix,
        ]
    }

    /// Runs the reader with the words, or with other secrets in their place.
    func read(
        _ arguments: [String], secrets: [String: String]? = nil, launcher: [String] = []
    ) async throws -> ProgramRun {
        let credentials = [
            "AWS_ACCESS_KEY_ID": replica.server.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": replica.server.secretAccessKey,
        ]
        let secrets = secrets ?? ["PHOTOBACKUP_RECOVERY_PHRASE": words]
        return await machine.finish(
            try Reader.start(
                arguments, environment: credentials.merging(secrets) { $1 }, launcher: launcher))
    }

    /// Extracts "Shoot", or paths of it, from the directory into a new folder. Returns that too.
    func extract(_ paths: String..., from place: [String]? = nil) async throws -> (ProgramRun, String) {
        let destination = machine.scratch("extracted-\(UUID().uuidString)")
        let run = try await read(
            ["extract", "Shoot"] + paths + ["--to", destination] + (place ?? inDirectory))
        return (run, destination)
    }

    /// The objects in a folder of the directory, with their sizes.
    func objects(_ folder: String) throws -> [String: Int] {
        let below = try #require(FileManager.default.enumerator(atPath: "\(shelf.text)/\(folder)"))
        var objects: [String: Int] = [:]
        for case let name as String in below
        where below.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
            objects["\(folder)/\(name)"] = below.fileAttributes?[.size] as? Int
        }
        return objects
    }

    /// Changes one bit in the middle of an object in the directory.
    func damage(_ name: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: "\(shelf.text)/\(name)"))
        try shelf.overwrite(name, at: bytes.count / 2, with: [bytes[bytes.count / 2] ^ 1])
    }

    /// Puts an object into the directory.
    func plant(_ content: [UInt8], as name: String) throws { try shelf.write(content, to: name) }
}
