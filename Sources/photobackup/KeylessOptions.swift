public import ArgumentParser
internal import Backup
public import Crypto
internal import Foundation

/// `--keyless` and `--signing-key`, of `verify` and `heal`.
struct KeylessOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Without any secret: provider credentials and the vault's public signing key are enough.",
            discussion: "The key is pinned on first use, unless --signing-key gives it."))
    var keyless = false
    @Option(
        help: ArgumentHelp(
            "The vault's public signing key, as photobackup status shows it.", valueName: "hex"))
    var signingKey: VerificationKey?

    func validate(level: VerifyLevel) throws {
        if keyless, level == .decrypt {
            throw ValidationError("--level decrypt opens every chunk, which --keyless cannot")
        }
        if !keyless, signingKey != nil {
            throw ValidationError("--signing-key is for --keyless; the vault's own keys tell it otherwise")
        }
    }
}

extension CommandContext {
    /// The vault, with its keys or without.
    func vault(_ options: KeylessOptions, isChanging: Bool = false) async throws -> AuditedVault {
        let configuration = try configuration()
        guard options.keyless else {
            return try await vaultAccess(configuration, isChanging: isChanging).open()
        }
        return try await keylessAccess(configuration, isChanging: isChanging).openKeyless(
            signingKey: options.signingKey)
    }
}

extension VerificationKey: ExpressibleByArgument {
    /// 64 hexadecimal digits, as they are shown, or the same bytes in base64.
    public init?(argument: String) {
        if let key = VerificationKey(hex: argument.lowercased()) {
            self = key
        } else if let data = Data(base64Encoded: argument), let key = try? VerificationKey([UInt8](data)) {
            self = key
        } else {
            return nil
        }
    }
}
