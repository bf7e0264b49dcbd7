internal import ArgumentParser
internal import Terminal
internal import Vault

/// Shows this person's public key.
struct ShareIdentityCommand: PhotobackupCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Show your public key, for people who share something with you.",
        discussion: """
            The key is no secret. Compare the verification ID, 12 words, over another channel than the one that the key \
            is sent by. Without a vault, an identity is made in a file beside the configuration; keep that file: nothing \
            else opens what is shared with it.
            """)

    @OptionGroup var global: GlobalOptions

    func run(in context: CommandContext) async throws -> CommandOutcome {
        let identity: PublicIdentity
        if let vault = try await context.ownVault() {
            identity = Identity(vault.keyring).publicIdentity
        } else if let kept = try context.identityInFile() {
            identity = kept.publicIdentity
        } else {
            identity = try context.makeIdentity().publicIdentity
            context.output.information("made \(singleLine(context.identityFile))")
        }
        context.output.result(
            "identity", Message(identity),
            text: "public key       \(identity.text)\nverification ID  \(identity.verificationID)")
        return CommandOutcome()
    }

    private struct Message: Encodable {
        let publicKey: String
        let verificationId: String

        init(_ identity: PublicIdentity) {
            publicKey = identity.text
            verificationId = identity.verificationID.description
        }
    }
}
