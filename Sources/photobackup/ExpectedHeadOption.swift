public import ArgumentParser
public import Backup

/// `--expect-head`, on every command that tells or uses what the replicas show.
struct ExpectedHeadOption: ParsableArguments {
    @Option(
        name: .customLong("expect-head"),
        help: ArgumentHelp(
            "Fail if what the providers show is older than this snapshot, whose hash you wrote down.",
            valueName: "hash"))
    var head: ExpectedHead?
}

extension ExpectedHead: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument.lowercased()) }
}
