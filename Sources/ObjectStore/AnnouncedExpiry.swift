/// What a provider has announced in an answer: a rule of the bucket will delete an object.
public struct AnnouncedExpiry: Hashable, Sendable {
    /// The object's name in the store.
    public let object: String
    /// When, as the provider wrote it; nil where it does not say.
    public let date: String?
    /// The rule's name; nil where it has none.
    public let rule: String?

    public init(object: String, date: String? = nil, rule: String? = nil) {
        self.object = object
        self.date = date
        self.rule = rule
    }

    /// In one clause, for messages.
    public var text: String {
        let name = rule.map { "the lifecycle rule \($0)" } ?? "a lifecycle rule"
        return "\(name) of the bucket will delete \(object)" + (date.map { " on \($0)" } ?? "")
    }

    /// What a person can do about it.
    public static let hint =
        "take the rule out at the provider, or limit it to probe/ and shares/: the vault deletes what it needs no more"
}
