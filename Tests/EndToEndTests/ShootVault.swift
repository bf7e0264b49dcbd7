/// A vault on three servers with one photograph in the collection "Shoot", and the machine that made it.
struct ShootVault {
    let replicas: [Replica]
    let machine: Machine
    /// The 24.
    let words: String
    let original: FolderRecord

    init() async throws {
        replicas = try Replica.onThreeServers()
        machine = try Machine(replicas)
        words = try await machine.initialise()
        let shoot = try machine.scratch.folder("shoot")
        try shoot.write([1, 2, 3], to: "a.jpg")
        original = try FolderRecord(shoot.text)
        try await machine.archive(shoot)
    }
}
