import Foundation
import ProgramTesting
import Testing

extension EndToEnd {
    /// Whom a mounted vault is shown to, and what nothing in it may do.
    @Suite struct MountRightsTests {
        @Test(.enabled(if: geteuid() == 0, "root alone can become another user"))
        func aMountIsItsOwnersAloneAndLendsNoRights() async throws {
            let vault = try await ShootVault()
            try await vault.machine.withMount { mount in
                let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
                let line = try #require(
                    mounts.split(separator: "\n").first {
                        $0.contains(" \((mount.path as NSString).standardizingPath) ")
                    })
                let options = line.split(separator: " ")[3].split(separator: ",")
                #expect(options.contains("nosuid") && options.contains("nodev") && options.contains("ro"))
                #expect(!options.contains("allow_other"))
                // The way there is open, so that it is the mount that refuses.
                var folder = mount.path
                while folder != "/" {
                    _ = chmod(folder, 0o755)
                    folder = (folder as NSString).deletingLastPathComponent
                }
                let list = ["/bin/sh", "-c", "ls '\(mount.path)'; ls '\(mount.path)/Shoot'"]
                let other = try await RunningProgram(
                    ["--reuid=65534", "--regid=65534", "--clear-groups"] + list, program: "/usr/bin/setpriv"
                ).finish()
                #expect(
                    !other.output.contains("Shoot") && other.error.contains("Permission denied"), "\(other)")
                let owner = try await RunningProgram(Array(list.dropFirst()), program: list[0]).finish()
                #expect(owner.output.contains("Shoot") && owner.output.contains("latest"), "\(owner)")
            }
        }
    }
}
