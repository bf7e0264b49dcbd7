import Testing

extension EndToEnd {
    /// A shoot goes to three providers and comes back from each of them alone.
    @Suite struct MainPathTests {
        @Test func aShootComesBackFromEachProviderAlone() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try Photographs.put(in: shoot)
            let original = try FolderRecord(shoot.text)

            let run = try await machine.archive(shoot)
            #expect(run.summary["files_new"] as? Int == run.summary["files_total"] as? Int)
            #expect(run.summary["exit_code"] as? Int == 0)

            for replica in replicas {
                // Another machine, which has nothing but the password and one provider.
                let other = try Machine([replica])
                try await other.expectRestore(of: original, environment: Machine.withPassword)
            }
        }

        @Test func aSecondRunStoresNoPack() async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            try shoot.write([1, 2, 3], to: "a.jpg")
            try await machine.archive(shoot)
            var packs: [[String: Int]] = []
            for replica in replicas { packs.append(try await replica.packs()) }
            #expect(packs[0].count > 0 && packs[0] == packs[1] && packs[1] == packs[2])

            let second = try await machine.archive(shoot)
            #expect(second.summary["packs_stored"] as? Int == 0)
            #expect(second.summary["bytes_stored"] as? Int == 0)
            #expect(second.summary["files_unmodified"] as? Int == 1)
            for (replica, before) in zip(replicas, packs) { #expect(try await replica.packs() == before) }
        }
    }
}

extension Replica {
    /// The packs of content and of pages, with their sizes.
    func packs() async throws -> [String: Int] {
        try await objects("packs/").merging(objects("meta/")) { $1 }
    }
}
