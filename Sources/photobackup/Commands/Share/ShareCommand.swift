internal import ArgumentParser

/// What is given to other people, and what they have given; only knows its commands.
struct ShareCommand: ParsableCommand {
    static let name = "share"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Share photographs by a link, or a collection with a person.",
        subcommands: [
            ShareLinkCommand.self, ShareGrantCommand.self, ShareListCommand.self, ShareRevokeCommand.self,
            ShareOpenCommand.self, ShareIdentityCommand.self, ShareAcceptCommand.self, PreviewCommand.self,
        ])
}
