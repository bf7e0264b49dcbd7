import Crypto
import Foundation
import ObjectStore
import ProgramTesting
import S3
import ServerTesting
import Testing

extension EndToEnd {
    /// Places that are not what the configuration says, on real servers.
    @Suite struct PlaceTests {
        private let replicas: [Replica]
        private let machine: Machine
        private let shoot: Folder

        init() throws {
            replicas = try Replica.onThreeServers()
            machine = try Machine(replicas)
            shoot = try machine.scratch.folder("shoot")
            try shoot.write(randomBytes(400_000), to: "a.raw")
        }

        private var initialise: [String] { ["init", "--kdf-strength", "interactive"] }

        /// The same bucket by another name of the same host.
        private func alias(of replica: Replica) -> String {
            let endpoint = replica.server.endpoint.replacing("127.0.0.1", with: "localhost")
            return replica.configuration(["name": "alias", "endpoint": endpoint])
        }

        @Test(arguments: [0, 1, 2])
        func oneBucketByTwoNamesIsRefused(server: Int) async throws {
            let one = replicas[server]
            machine.guardSecret(one.server.secretAccessKey)
            try machine.configure(
                one.configuration() + alias(of: one) + replicas[(server + 1) % 3].configuration())
            let run = await machine.finish(
                try machine.start(initialise, environment: Machine.withPassword))
            #expect(run.exitCode == 78, "\(run)")
            #expect(run.error.contains("are one place, and hold one copy"), "\(run)")
            #expect(try await one.objects().isEmpty)

            // One that comes later is refused where it is added, and counts for nothing where it is not.
            try machine.configure(one.configuration() + replicas[(server + 1) % 3].configuration())
            _ = try await machine.initialise()
            try machine.configure(
                one.configuration() + replicas[(server + 1) % 3].configuration() + alias(of: one))
            let added = try await machine.run("provider", "add", "alias")
            #expect(added.exitCode == 78, "\(added)")
            let archive = try await machine.archive(shoot, exitCode: 4)
            #expect(archive.isWarned("are one place"), "\(archive)")
            let doctor = try await machine.run("doctor")
            #expect(doctor.exitCode == 1 && doctor.output.contains("it is the same place as"), "\(doctor)")
            let status = try await machine.run("status")
            #expect(
                status.exitCode == 4 && status.output.contains("are one place, and one copy"), "\(status)")
            // As the hint says.
            #expect(
                run.gives(
                    hint:
                        "give each provider a bucket or a directory of its own, or take one out of the configuration"
                ), "\(run)")
            try machine.configure(one.configuration() + alias(of: one))
            try shoot.write(randomBytes(1000), to: "c.raw")
            let doubled = try await machine.run("archive", shoot.text, "--as", "Shoot")
            #expect(
                doubled.gives(
                    hint: "take one of them out of the configuration, or give it a place of its own"),
                "\(doubled)")
            try machine.configure(one.configuration() + replicas[(server + 1) % 3].configuration())
            try await machine.archive(shoot)
        }

        /// SeaweedFS makes a bucket when something is put into one that is not there.
        @Test func aMistypedBucketGetsNothing() async throws {
            _ = try await machine.initialise()
            try await machine.archive(shoot)
            let name = "mistyped-\(randomBytes(6).hex)"
            let mistyped = replicas[0].configuration(["bucket": name])
            try machine.configure(mistyped + replicas[1].configuration() + replicas[2].configuration())
            try shoot.write(randomBytes(300_000), to: "b.raw")
            for command in [
                ["archive", shoot.text, "--as", "Shoot"], ["provider", "add", "seaweedfs"], ["heal"],
            ] {
                let run = await machine.finish(try machine.start(command))
                #expect(run.exitCode == 4, "\(run)")
            }
            let store = try S3Store(
                replicas[0].server.configuration(bucket: name, prefix: replicas[0].prefix))
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.listAll(prefix: "")
            }
            #expect(error?.code == .containerNotFound)
        }

        @Test func anEmptiedPlaceIsDamageAndNotFilledUnasked() async throws {
            _ = try await machine.initialise()
            try await machine.archive(shoot)
            try await replicas[1].deleteEverything()
            try shoot.write(randomBytes(300_000), to: "b.raw")
            let run = try await machine.archive(shoot, exitCode: 5)
            #expect(run.isWarned("it held the vault, and shows nothing of it now"), "\(run)")
            #expect(try await replicas[1].objects().isEmpty)
            #expect(try await machine.run("doctor").exitCode == 1)
            // What was found is told once more, and all of it is there again.
            try await machine.archive(shoot, "--refill", exitCode: 5)
            #expect(try await machine.run("verify", "--level", "read").exitCode == 0)
            try await machine.archive(shoot)
            #expect(try await replicas[1].objects() == replicas[0].objects())
        }

        @Test func anotherPrefixIsFilledAndSaid() async throws {
            _ = try await machine.initialise()
            try await machine.archive(shoot)
            let other = try Replica(replicas[1].server, prefix: Replica.newPrefix())
            try machine.configure([replicas[0], other, replicas[2]].configuration())
            let run = try await machine.archive(shoot)
            #expect(run.isWarned("it shows nothing of the vault, and is filled from the others"), "\(run)")
            #expect(run.replica("rclone")?["bytes_sent"] as? Int ?? 0 > 400_000, "\(run)")
            #expect(run.replica("moto")?["bytes_sent"] as? Int ?? .max < 100_000, "\(run)")
        }

        /// moto refuses a lock in a bucket that was made without: nothing is stored there.
        @Test func initNamesWhoHoldsTheVault() async throws {
            let full = try Replica(
                await replicas[2].server.withOwnBucket(isLocking: false), prefix: Replica.newPrefix())
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration() + full.configuration()
                    + "lock_days = 10\n")
            let run = await machine.finish(try machine.start(initialise, environment: Machine.withPassword))
            #expect(run.exitCode == 4, "\(run)")
            let line =
                run.error.split(separator: "\n").first { $0.contains("made vault") }
                ?? run.output.split(separator: "\n").first { $0.contains("made vault") }
            #expect(line?.hasSuffix("on seaweedfs, rclone") == true, "\(run)")
            let doctor = try await machine.run("doctor")
            #expect(
                doctor.exitCode == 1 && doctor.output.contains("nothing can be stored there"), "\(doctor)")
        }

        /// A server that takes the headers of a lock and sets none, and rclone, which tells of a lock and does not hold it:
        /// that takes a probe.
        @Test(arguments: [true, false])
        func aLockThatIsIgnoredIsSaidByEveryCommand(isTold: Bool) async throws {
            let proxy = try FaultProxy(to: replicas[1].server) { _, _ in
                .changed { answer in
                    guard !isTold else { return }
                    answer["x-amz-object-lock-retain-until-date"] = nil
                    answer["x-amz-object-lock-mode"] = nil
                }
            }
            defer { proxy.close() }
            try machine.configure(
                replicas[0].configuration() + replicas[1].configuration(["endpoint": proxy.endpoint])
                    + "lock_days = 10\n")
            let made = await machine.finish(
                try machine.start(initialise, environment: Machine.withPassword))
            #expect(made.exitCode == (isTold ? 0 : 4), "\(made)")
            #expect(made.error.contains("lock_days protects nothing there") != isTold, "\(made)")
            if isTold { #expect(try await machine.run("provider", "probe", "rclone").exitCode == 0) }
            let archive = try await machine.archive(shoot, exitCode: 4)
            #expect(archive.isWarned("lock_days protects nothing there"), "\(archive)")
            for (command, code) in [("status", Int32(4)), ("doctor", 1)] {
                let run = try await machine.run(command)
                #expect(run.exitCode == code, "\(run)")
                #expect(run.output.contains("lock_days protects nothing there"), "\(run)")
            }
        }
    }
}
