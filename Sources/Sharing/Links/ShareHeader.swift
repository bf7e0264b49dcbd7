internal import Crypto
internal import Foundation

/// What the page of a share says of it in plain: its id, where its manifest is, how a password is stretched.
///
/// Nothing authenticates it, and nothing needs to: another id, or another number, gives another key.
///
/// Source: docs/SHARE-FORMAT.md, "Header".
struct ShareHeader: Sendable, Equatable {
    struct Stretching: Sendable, Equatable {
        let passes: UInt64
        let memoryByteCount: Int
        /// 32 bytes: tells a wrong password from a damaged share.
        let check: [UInt8]
    }

    let id: ShareID
    /// The manifest's name beside the page; nil where it is inside.
    let manifest: String?
    let password: Stretching?

    init(id: ShareID, manifest: String?, password: Stretching?) {
        self.id = id
        self.manifest = manifest
        self.password = password
    }

    private struct Stored: Codable {
        struct Password: Codable {
            let kdf: String
            let passes: UInt64
            let memory: Int
            let check: String
        }

        let format: Int
        let id: String
        let manifest: String?
        let password: Password?
    }

    private struct Version: Decodable {
        let format: Int
    }

    private static let kdf = "argon2id13"

    /// With sorted names and no spaces.
    var text: String {
        let stored = Stored(
            format: 1, id: id.hex, manifest: manifest,
            password: password.map {
                Stored.Password(
                    kdf: Self.kdf, passes: $0.passes, memory: $0.memoryByteCount, check: $0.check.hex)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(stored) else {
            preconditionFailure("texts and numbers are always encodable")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Throws: `malformed`, also for a password that is stretched too little or beyond measure; `newerFormat`.
    init(parsing text: some StringProtocol) throws(LinkError) {
        let bytes = Data(text.utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: bytes), version.format > 0 else {
            throw LinkError(.malformed, "the page has no header of a share")
        }
        guard version.format == 1 else {
            throw LinkError(
                .newerFormat, "the share has format \(version.format); this program reads 1",
                hint: "a newer program opens it")
        }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: bytes),
            let id = ShareID(hex: stored.id), stored.manifest.map(Self.isName) ?? true
        else { throw LinkError(.malformed, "the page's header is wrong") }
        self.id = id
        manifest = stored.manifest
        password = try stored.password.map(Self.stretching)
    }

    private static func stretching(_ stored: Stored.Password) throws(LinkError) -> Stretching {
        // The bounds are those of the vault's own passwords; the salt is not in the header.
        let salt = [UInt8](repeating: 0, count: PasswordParameters.saltByteCount)
        guard stored.kdf == kdf, stored.memory % 1024 == 0,
            (try? PasswordParameters(passes: stored.passes, memoryByteCount: stored.memory, salt: salt))
                != nil,
            let check = [UInt8](hex: stored.check), check.count == 32
        else {
            throw LinkError(.malformed, "its password is protected too weakly, or beyond measure")
        }
        return Stretching(passes: stored.passes, memoryByteCount: stored.memory, check: check)
    }

    /// `[a-z0-9][a-z0-9._-]{0,127}`
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...128).contains(name.utf8.count),
            first != UInt8(ascii: "."), first != UInt8(ascii: "_"), first != UInt8(ascii: "-")
        else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
