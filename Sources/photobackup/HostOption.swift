internal import ArgumentParser

/// Whose newest snapshot is meant, where machines have histories of their own under one name.
struct HostOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The machine that made the snapshot, where several back up under one name; else this one.",
            valueName: "name"))
    var host: String?
}
