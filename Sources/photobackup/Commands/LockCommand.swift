internal import ArgumentParser
internal import Terminal

/// Takes this machine's key to the vault away.
struct LockCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Remove this machine's key: every command then asks for the password.")

    static let isDoneUnread = true

    @OptionGroup var global: GlobalOptions

    @Flag(name: [.customShort("n"), .long], help: "Say whether there is a key, and leave it.")
    var dryRun = false

    func run(in context: CommandContext) async throws -> CommandOutcome {
        // No secret is needed, so none is looked for.
        let had = try context.keylessAccess(context.configuration(), isChanging: true).lock(isDryRun: dryRun)
        context.output.information(
            !had
                ? "this machine has no key"
                : dryRun ? "this machine's key would be removed" : "removed this machine's key")
        return CommandOutcome(
            .done, summary: Summary(deviceKey: had && !dryRun ? "removed" : had ? "kept" : "none"))
    }

    private struct Summary: Encodable {
        let deviceKey: String
    }
}
