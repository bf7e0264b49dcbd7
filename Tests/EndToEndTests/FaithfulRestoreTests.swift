import CLinux
import Crypto
import Foundation
import Testing

extension EndToEnd {
    /// What was restored is what was archived, to the last byte and nanosecond.
    @Suite struct FaithfulRestoreTests {
        @Test func namesAreBytes() async throws {
            let names: [[UInt8]] = [
                Array("Z\u{fc}rich.jpg".utf8),  // ü as one scalar (NFC) …
                Array("Zu\u{308}rich.jpg".utf8),  // … and as two (NFD), which is another file
                Array("two words  and more .jpg".utf8), Array("line\nend.jpg".utf8), Array("tab\t.jpg".utf8),
                [0xff, 0xfe, 0x80], Array("\u{1b}[31mred.jpg".utf8), Array("-n".utf8),
                Array("back\\slash".utf8),
                Array("\u{1f4f7}.jpg".utf8), Array("$(touch x)'\".jpg".utf8),
                [UInt8](repeating: UInt8(ascii: "n"), count: 255),
            ]
            try await comesBack { folder in
                for (number, name) in names.enumerated() { try folder.write([UInt8(number)], to: name) }
            }
        }

        @Test func timesModesLinksAndAttributes() async throws {
            try await comesBack { folder in
                try folder.write([1], to: "a.jpg")
                try folder.setModified("a.jpg", seconds: 1_700_000_000, nanoseconds: 123_456_789)
                try folder.write([2], to: "before-1970.jpg")
                try folder.setModified("before-1970.jpg", seconds: -86_400, nanoseconds: 999_999_999)
                for mode in [0o400, 0o444, 0o600, 0o755, 0o4755, 0o2755] as [mode_t] {
                    try folder.write([3], to: "mode-\(String(mode, radix: 8))")
                    try folder.setMode("mode-\(String(mode, radix: 8))", mode)
                }
                try folder.setAttribute("user.xdg.tags", "wedding,best".utf8, of: "a.jpg")
                try folder.setAttribute("user.binary", [0, 0xff, 10], of: "a.jpg")
                try folder.link("relative", to: Array("a.jpg".utf8))
                try folder.link("dangling", to: Array("/no/such/file".utf8))
                try folder.link("bytes", to: [0xff, 0x0a])
                try folder.setModified("relative", seconds: 1_600_000_000, nanoseconds: 1)
                let below = try folder.makeFolder("closed")
                try below.write([4], to: "inside")
                try folder.setAttribute("user.note", "a folder".utf8, of: "closed")
                try folder.setMode("closed", 0o500)
                try folder.setModified("closed", seconds: 1_500_000_000, nanoseconds: 5)
            }
        }

        @Test func emptyFilesAndFolders() async throws {
            try await comesBack { folder in
                try folder.write([], to: "empty.xmp")
                try folder.makeFolder("empty").makeFolder("emptier")
                try folder.makeFolder("with empty").write([], to: "empty.xmp")
            }
        }

        /// Sizes around what a message, a chunk and a pack hold.
        @Test func sizesAroundEveryBoundary() async throws {
            let sizes = [256 << 10, 4 << 20, 16 << 20].flatMap { [$0 - 1, $0, $0 + 1] }
            try await comesBack { folder in
                for size in sizes + [1] {
                    try folder.write(randomBytes(size), to: "\(size).raw")
                    try folder.write([UInt8](repeating: 7, count: size), to: "\(size).compressible")
                }
                try folder.write(randomBytes((256 << 10) + 1), to: "catalog.lrcat")
            }
        }

        /// A file of 5 GiB that is a hole but for a few bytes takes no room on any disk.
        @Test func aLargeFileWithHoles() async throws {
            let size = 5 << 30
            let machine = try await Machine.withVault(on: Replica.onThreeServers())
            let restored = try await comesBack(to: machine) { folder in
                try folder.writeHole("disk.img", byteCount: size)
                for offset in [0, 3 << 30, size - 3] {
                    try folder.overwrite("disk.img", at: offset, with: [1, 2, 3])
                }
            }
            var status = stat()
            #expect(stat(restored + "/disk.img", &status) == 0)
            #expect(status.st_size == size)
            #expect(status.st_blocks * 512 < 64 << 20, "the holes were written")
        }

        /// Archives a folder that `fill` has filled, and expects that a restore gives it back.
        @discardableResult
        private func comesBack(
            to machine: Machine? = nil, _ fill: (Folder) throws -> Void
        ) async throws -> String {
            let machine =
                if let machine { machine } else { try await Machine.withVault(on: Replica.onThreeServers()) }
            let shoot = try machine.scratch.folder("shoot")
            try fill(shoot)
            let original = try FolderRecord(shoot.text)
            try await machine.archive(shoot)
            let restored = try await machine.restore() + "/shoot"
            try #expect(FolderRecord(restored).differences(from: original) == [])
            try #expect(FolderRecord(shoot.text) == original, "the source was written to")
            return restored
        }
    }
}
