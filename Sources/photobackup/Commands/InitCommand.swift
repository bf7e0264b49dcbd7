public import ArgumentParser
internal import Backup
public import Crypto
internal import Terminal
internal import Vault

/// Makes a vault at all configured providers.
struct InitCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a vault, and show its 24 recovery words once.",
        discussion: "All providers have to be reachable, and hold no vault yet.")

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "How hard the password is to guess: sensitive, moderate or interactive.",
            discussion: "sensitive takes 1 GiB of memory and a few seconds.", valueName: "strength"))
    var kdfStrength = PasswordStrength.sensitive

    @Flag(help: "Leave no key on this machine: every command then asks for the password.")
    var noDeviceKey = false

    @Flag(name: [.customShort("n"), .long], help: "See whether a vault could be made, and make none.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        let access = try await context.vaultAccess(configuration, isChanging: !dryRun)
        guard !dryRun else {
            try await access.requireNoVault()
            let names = configuration.providers.map(\.name).joined(separator: ", ")
            context.output.information("a vault would be made on \(names)")
            return CommandOutcome()
        }
        let outcome = try await access.initialise(
            strength: kdfStrength, makesDeviceKey: !noDeviceKey,
            password: {
                let password = try await context.secrets(configuration).passwordForNewVault()
                context.warnIfWeak(password, remedy: "photobackup password change sets another")
                return password
            },
            showing: { vault, recoveryKey in
                let phrase = RecoveryPhrase.encode(recoveryKey)
                context.output.result(
                    "recovery_phrase", Summary(vault: vault.hex, signingKey: nil, recoveryPhrase: phrase),
                    text: Self.text(vault, phrase), isUrgent: true)
                if let reason = context.output.writeFailure {
                    throw CommandError(
                        what: "standard output",
                        why: "\(reason), so that the 24 words cannot be shown; no vault was made",
                        hint: "run it where they can be read")
                }
            })
        let names = outcome.storedOn.joined(separator: ", ")
        context.output.information("made vault \(outcome.vault.id) on \(names)")
        context.output.information("its signing key is \(outcome.vault.signingKey.bytes.hex)")
        for failure in outcome.behind { context.warning(Warning(failure)) }
        for (name, reason) in outcome.unlocked { context.warnOfMissingLock(name, reason) }
        return CommandOutcome(
            outcome.behind.isEmpty && outcome.unlocked.isEmpty ? .done : .replicaBehind,
            summary: Summary(
                vault: outcome.vault.id.hex, signingKey: outcome.vault.signingKey.bytes.hex,
                recoveryPhrase: RecoveryPhrase.encode(outcome.recoveryKey)))
    }

    private struct Summary: Encodable {
        let vault: String
        let signingKey: String?
        let recoveryPhrase: String
    }

    private static func text(_ vault: VaultID, _ phrase: String) -> String {
        let words = phrase.split(separator: " ")
        // Four columns, which fit a terminal of 80.
        let lines = stride(from: 0, to: words.count, by: 4).map { start in
            let cells = (start..<start + 4).map { index in
                let number = String(index + 1)
                let word = String(words[index])
                return String(repeating: " ", count: 4 - number.count) + "\(number) \(word)"
                    + String(repeating: " ", count: 9 - word.count)
            }
            return String(cells.joined().reversed().drop { $0 == " " }.reversed())
        }
        return """
            These are the 24 recovery words of vault \(vault). They open it without the password,
            and are shown this once. Write them down on paper, and keep it where the photos are not.

            \(lines.joined(separator: "\n"))

            """
    }
}

extension PasswordStrength: ExpressibleByArgument {}
