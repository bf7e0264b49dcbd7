import Testing

@testable import Backup
@testable import Vault

/// Each user of a machine is a device of their own.
@Suite struct DeviceTests {
    private let owner = LocalUser(number: 1000, name: "maria")
    private let other = LocalUser(number: 1001, name: "jo")

    @Test func onlyOtherUsersAddTheirName() {
        for user in [owner, LocalUser(number: 0, name: "root")] {
            #expect(Device.name(host: "studio", machine: "0af", user: user) == "studio\n0af")
            #expect(Device.name(host: "studio", machine: nil, user: user) == "studio")
        }
        #expect(Device.name(host: "studio", machine: "0af", user: other) == "studio\n0af\njo")
        #expect(Device.name(host: "studio", machine: nil, user: other) == "studio\n\njo")
    }

    /// Two people who call their collections alike: neither's backup goes by the other's, or takes its files out.
    @Test func twoUsersOfOneMachineAreTwoDevices() async throws {
        let test = try await TestVault()
        func open(_ user: LocalUser) async throws -> OpenVault {
            var access = test.access()
            access.user = user
            access.state = StateFolder(path: test.scratch("state-\(user.name)"))
            return try await access.open()
        }
        let (mine, theirs) = (try await open(owner), try await open(other))
        try test.write(noise(5000, seed: 1), to: "photos/mine.jpg")
        try test.write(noise(5000, seed: 2), to: "home/theirs.jpg")
        let first = try await test.backUp(mine)
        let between = try await test.backUp(theirs, "home")
        #expect(between.filesNew == 1 && between.filesTotal == 1)
        let second = try await test.backUp(mine)
        #expect(second.filesUnmodified == 1 && second.filesTotal == 1 && second.packsStored == 0)
        // Not the newest of the collection: both may be of the same second.
        let selection = SnapshotSelection("Photos@\(try #require(second.snapshot))")
        #expect(try await mine.find(selection, warn: test.warn).snapshot.parent == first.snapshot)
        let known = try mine.catalog.snapshots()
        #expect(Set(known.map(\.device)) == [mine.device.id, theirs.device.id])

        // Who backs up as root from cron and then by hand is one and the same.
        #expect(try await open(LocalUser(number: 0, name: "root")).device.id == mine.device.id)
    }
}
