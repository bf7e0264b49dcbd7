import Foundation
import Testing

/// A file system that can less than Linux's own, mounted by FUSE in a folder of a test's own until its owner goes.
final class ForeignFileSystem: Sendable {
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        /// No links, neither RENAME_NOREPLACE; folds case, refuses `:` and control characters; times to 2 s or 10 ms.
        case exFAT
        /// Case counts, links are kept; times to 100 ns, no modes.
        case ntfs
        /// The same as a Windows machine would have its names.
        case ntfsWithWindowsNames
        /// And with case folded; shows all names in small letters.
        case ntfsWithoutCase
        /// No RENAME_NOREPLACE; times to 1 s.
        case sshfs

        var testDescription: String { rawValue }
        /// Whether names that differ in case alone are one.
        var foldsCase: Bool { [.exFAT, .ntfsWithoutCase].contains(self) }
        var holdsLinks: Bool { self != .exFAT }
        /// Whether it shows that two names are of one file.
        var showsHardLinks: Bool { [.ntfs, .ntfsWithWindowsNames, .ntfsWithoutCase].contains(self) }
    }

    let path: String
    private let loopDevice: String?

    init(_ kind: Kind, in scratch: Scratch) throws {
        let folder = try scratch.folder("\(kind.rawValue)-disk").text
        path = try scratch.folder(kind.rawValue).text
        let image = "\(folder)/image"
        switch kind {
        case .exFAT:
            try Self.shell("truncate -s 64M \(image) && mkfs.exfat \(image)")
            loopDevice = try Self.shell("losetup --find --show \(image)")
            try Self.shell("mount.exfat-fuse \(loopDevice ?? "") \(path)")
        case .ntfs, .ntfsWithWindowsNames, .ntfsWithoutCase:
            loopDevice = nil
            try Self.shell("truncate -s 64M \(image) && mkntfs -F -Q \(image)")
            let program =
                switch kind {
                case .ntfs: "ntfs-3g"
                case .ntfsWithWindowsNames: "ntfs-3g -o windows_names"
                default: "lowntfs-3g -o windows_names,ignore_case"
                }
            try Self.shell("\(program) \(image) \(path)")
        case .sshfs:
            loopDevice = nil
            // In place of ssh, the server itself, on the two ends of a pipe.
            try Self.shell(
                "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > \(folder)/ssh && chmod +x \(folder)/ssh"
            )
            try Self.shell(
                "mkdir \(folder)/far && sshfs -o ssh_command=\(folder)/ssh far:\(folder)/far \(path)")
        }
        try #require(
            isMounted(path), "\(kind) cannot be mounted here: see the FUSE packages of scripts/setup.sh")
    }

    deinit {
        umount2(path, CInt(MNT_DETACH))
        if let loopDevice { _ = try? Self.shell("losetup --detach \(loopDevice)") }
    }

    /// What the command prints on its last line; it must end well.
    ///
    /// What it leaves in the background keeps none of the test's descriptors open, where somebody would wait for their end.
    @discardableResult
    private static func shell(_ command: String) throws -> String {
        let log = NSTemporaryDirectory() + "/photobackup-e2e-\(UUID().uuidString).log"
        defer { unlink(log) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            """
            for file in /proc/$$/fd/*; do file=${file##*/}; ((file > 2)) && eval "exec $file>&-"; done
            exec > \(log) 2>&1 < /dev/null
            \(command)
            """,
        ]
        process.environment = ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"]
        try process.run()
        process.waitUntilExit()
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        try #require(process.terminationStatus == 0, "\(command): \(text)")
        return text.split(separator: "\n").last.map { String($0) } ?? ""
    }
}
