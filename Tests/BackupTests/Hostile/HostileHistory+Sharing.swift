import Crypto
import SoakTesting
import Testing

@testable import Backup
@testable import Vault

// Links, grants and passwords beside a malicious replica.

extension HostileHistory {
    func link() async throws {
        let promise = random.pick(promises)
        try await command("share link") { vault in
            let given = try await test.giveLink(vault, to: SnapshotSelection(promise.name), days: 300)
            links.append(LinkPromise(link: given.link, files: given.files))
        }
    }

    func unlink() async throws {
        guard !links.isEmpty else { return }
        let gone = links.remove(at: Int.random(in: 0..<links.count, using: &random))
        try await command("share revoke") { vault in
            let recorded = try await vault.recordedLinks(warn: { _ in })
            let missing = links.filter { link in !recorded.contains { $0.record == link.link.record } }
            #expect(missing.isEmpty, "\(missing.map(\.link.record)) is not shown: \(comment)")
            try await vault.forget(gone.link)
        }
    }

    func expectReadable(_ promise: LinkPromise, with vault: OpenVault) async throws {
        for file in promise.files {
            do {
                let content = try await vault.content(of: file)
                #expect(UInt64(content.count) == file.entry.size, "\(comment)")
            } catch {
                Issue.record("\(promise.link.share): \(error): \(comment)")
            }
        }
    }

    func grant() async throws {
        let keepsEarlier = random.chance(50)
        try await command("share grant") { vault in
            let earlier = try await vault.grants(warn: { _ in }).count
            let (begun, before) = try await test.beginEpoch(
                vault, of: "Photos", keepsEarlier: keepsEarlier, addsOne: true)
            let now = try await vault.grants(warn: { _ in }).count
            #expect(now == (keepsEarlier ? earlier : 0) + 1, "\(now) grants after \(earlier): \(comment)")
            guard let same = promises.first(where: { $0.snapshot == before }) else { return }
            promises.append(
                Promise(collection: "Photos", snapshot: begun.snapshot, tree: same.tree))
        }
    }

    func changePassword() async throws {
        let changed = SecretBytes(copying: random.bytes(12).span.bytes)
        try await command("password change") { vault in
            _ = try await vault.changePassword(to: changed, strength: .interactive, warn: { _ in })
            oldPasswords.append(password)
            password = changed
        }
    }

    /// Whatever it shows, next to what the honest ones show.
    func expectOldPasswordsOpenNothing() async {
        guard let old = oldPasswords.last else { return }
        note("with an old password")
        var access = ModelMachine(host: "thief").access(to: test)
        access.givenSecret = .password(old)
        await #expect(throws: (any Error).self, "an old password opens: \(comment)") {
            try await access.open()
        }
    }
}
