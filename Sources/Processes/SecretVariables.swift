/// Which environment variables hold what opens a vault or a bucket, by their names: the one list of them.
///
/// None of them is inherited by a program that this one starts, whatever starts it.
public enum SecretVariables {
    /// All that the keys of AWS are known by.
    public static let ofAWS = [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    ]

    private static let names: Set<String> = Set(ofAWS).union([
        "PHOTOBACKUP_PASSWORD", "PHOTOBACKUP_PASSWORD_COMMAND", "PHOTOBACKUP_NEW_PASSWORD",
        "PHOTOBACKUP_SHARE_PASSWORD", "PHOTOBACKUP_RECOVERY_PHRASE", "PHOTOBACKUP_WRAPPED_KEY",
    ])

    /// What the names of a provider's keys end in, after `PHOTOBACKUP_` and the provider's own name.
    private static let endings = ["_ACCESS_KEY_ID", "_SECRET_ACCESS_KEY", "_SESSION_TOKEN"]

    public static func contains(_ name: String) -> Bool {
        names.contains(name) || name.hasPrefix("PHOTOBACKUP_") && endings.contains(where: name.hasSuffix)
    }
}
