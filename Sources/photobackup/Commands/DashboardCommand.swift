internal import ArgumentParser
internal import Terminal

/// Shows the vault in a browser on this machine.
struct DashboardCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Show the vault in a browser on this machine.",
        discussion: """
            Prints an address with a token, and serves pages there until it is interrupted: what is stored where, \
            whether it was verified, and what is inside each snapshot, with a form to restore. Only this machine can \
            reach it, and only who has the address sees anything.
            """)

    @OptionGroup var global: GlobalOptions
    @Option(help: ArgumentHelp("The port to listen to; a free one, if none is given.", valueName: "number"))
    var port: UInt16 = 0

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let configuration = try context.configuration()
        var access = try await context.vaultAccess(configuration)
        let vault = try await access.open()
        // Looks need no password again.
        access.givenSecret = vault.secret
        let look = DashboardLook(
            DashboardSource(
                access: access, vault: vault, configuration: configuration, warn: context.warning))
        _ = try await look.lookAgain()
        try await DashboardServer(port: port).run(
            makeSite: {
                DashboardSite(gate: SiteGate(port: $0), vault: vault, look: look, context: context)
            },
            onListening: { site in
                context.output.result(
                    "dashboard", Listening(address: site.gate.address), text: site.gate.address,
                    isUrgent: true)
                context.output.information("open it in a browser on this machine; ^C ends it")
            })
        return CommandOutcome()
    }

    private struct Listening: Encodable {
        let address: String
    }
}
