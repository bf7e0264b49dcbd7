import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// What a file system may say of a file, and hardly any does.
    @Suite struct ExtremeSourceTests {
        /// tmpfs takes a sparse file of 2^63-1 bytes.
        @Test func aFileOfEightExbibytesIsNamedAndEndsNothing() async throws {
            let machine = try await Machine.onFolders(fileCount: 1)
            let folder = "/dev/shm/photobackup-\(randomBytes(8).hex)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            for name in ["huge.mov", "huger.mov", "hugest.mov"] {
                let descriptor = open("\(folder)/\(name)", O_CREAT | O_WRONLY, 0o600)
                try #require(descriptor >= 0)
                try #require(ftruncate(descriptor, .max) == 0)
                close(descriptor)
            }
            try Data("a photo".utf8).write(to: URL(fileURLWithPath: "\(folder)/photo.jpg"))
            // The bounds of a file's time.
            var times = [timespec(tv_sec: .min, tv_nsec: 0), timespec(tv_sec: .max, tv_nsec: 999_999_999)]
            _ = utimensat(AT_FDCWD, "\(folder)/photo.jpg", &times, 0)

            let dry = try await machine.run("archive", folder, "--as", "Huge", "--dry-run")
            #expect(dry.exitCode >= 0, "\(dry)")
            let run = try await machine.run("archive", folder, "--as", "Huge")
            #expect(run.exitCode == 3, "\(run)")
            #expect((run.output + run.error).contains("huge.mov"), "\(run)")
            #expect((run.output + run.error).contains("larger than 16 TiB"), "\(run)")
            let listed = try await machine.run("ls", "Huge", "--long")
            #expect(listed.exitCode >= 0 && listed.output.contains("photo.jpg"), "\(listed)")
        }
    }
}
