import Testing

extension EndToEnd {
    /// A configuration that is wrong is an error that names file, key and remedy, before anything is asked or done.
    @Suite struct ConfigurationErrorTests {
        @Test(arguments: [
            ("an unknown key", ["bukcet": "x"], "provider[1].bukcet: unknown key", "did you mean 'bucket'?"),
            (
                "a missing value", ["region": ""], "provider[1].region: value is missing",
                "for example region = "
            ),
            (
                "a value out of range", ["addressing": "paths"], "provider[1].addressing: ",
                "\"path\" or \"virtual\""
            ),
        ])
        func aWrongProvider(name: String, changes: [String: String], message: String, hint: String)
            async throws
        {
            let replicas = try Replica.onThreeServers()
            try await expect(replicas[0].configuration(changes), replicas, message, hint)
        }

        @Test func twoProvidersOfOneName() async throws {
            let replicas = try Replica.onThreeServers()
            try await expect(
                replicas[0].configuration(["name": "same"]) + replicas[1].configuration(["name": "same"]),
                replicas, "provider[2].name: 'same' and an earlier provider have the same name",
                "give each provider a name of its own")
        }

        @Test func aQuorumThatCanNotBe() async throws {
            let replicas = try Replica.onThreeServers()
            try await expect(
                "quorum = 4\n" + replicas.configuration(), replicas,
                "quorum: 4 is out of range",
                "from 1 to 3")
        }

        @Test func noTOML() async throws {
            let replicas = try Replica.onThreeServers()
            try await expect("[[provider]\nname = 1", replicas, "line 1", "the file is TOML")
        }

        private func expect(
            _ configuration: String, _ replicas: [Replica], _ message: String, _ hint: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let machine = try Machine(replicas, configuration: configuration)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1], to: "a.jpg")
            for command in [["init"], ["archive", shoot.text, "--as", "Shoot"], ["status"], ["heal"]] {
                let run = await machine.finish(try machine.start(command, environment: Machine.withPassword))
                #expect(run.exitCode == 78, "\(run)", sourceLocation: sourceLocation)
                let lines = run.error.split(separator: "\n")
                let file = machine.scratch("home/.config/photobackup/config.toml")
                #expect(
                    lines.contains {
                        $0.hasPrefix("photobackup: error: configuration: \(file): ") && $0.contains(message)
                    }, "\(run)", sourceLocation: sourceLocation)
                #expect(
                    lines.contains { $0.hasPrefix("hint: ") && $0.contains(hint) }, "\(run)",
                    sourceLocation: sourceLocation)
            }
            for replica in replicas {
                #expect(try await replica.objects() == [:], sourceLocation: sourceLocation)
            }
        }
    }
}
