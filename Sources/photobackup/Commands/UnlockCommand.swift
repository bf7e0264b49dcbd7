internal import ArgumentParser
internal import Backup
internal import Terminal

/// Lets this machine open the vault without its password.
struct UnlockCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Leave a key on this machine, so that it opens the vault by itself.",
        discussion: """
            Whoever can read that key and the state folder opens the vault. It is a file of mode 0600; where systemd \
            passes a credential photobackup-device-key, that is used in its place.
            """)

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Flag(name: [.customShort("n"), .long], help: "See whether the vault opens, and leave no key.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let access = try await context.vaultAccess(context.configuration(), isChanging: !dryRun)
        let outcome = try await access.unlock(isDryRun: dryRun)
        if outcome.replacesCredential, !dryRun {
            context.warning(
                Warning(
                    what: "device key",
                    why:
                        "one that was kept elsewhere, in a systemd credential perhaps, opens the vault no more"
                ))
        }
        context.output.information(text(outcome))
        return CommandOutcome(.done, summary: Summary(outcome, isDryRun: dryRun))
    }

    private func text(_ outcome: UnlockOutcome) -> String {
        switch outcome.place {
        case .credential:
            return outcome.wasUnlocked
                ? "the credential that systemd passes opens vault \(outcome.vault) already"
                : "the credential that systemd passes \(dryRun ? "would open" : "opens") vault \(outcome.vault)"
        case .file(let path):
            guard !dryRun else { return "a key for vault \(outcome.vault) would be left in \(path)" }
            let name = VaultAccess.deviceKeyCredential
            return """
                \(outcome.wasUnlocked ? "this machine has a key for" : "left a key for") vault \(outcome.vault) in \(path)
                photobackup lock removes it; to have systemd keep it for its own units instead:
                  systemd-creds encrypt --name=\(name) \(path) /etc/credstore.encrypted/\(name)
                  rm \(path)
                and LoadCredentialEncrypted=\(name) in the unit
                """
        }
    }

    private struct Summary: Encodable {
        let vault: String
        let deviceKey: String

        init(_ outcome: UnlockOutcome, isDryRun: Bool) {
            vault = outcome.vault.hex
            deviceKey = outcome.wasUnlocked ? "kept" : isDryRun ? "none" : "made"
        }
    }
}
