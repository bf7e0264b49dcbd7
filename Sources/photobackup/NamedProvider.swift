internal import Replicator
internal import Terminal

extension ReplicaSet {
    /// The replica at the provider of that name; nil if none is named.
    ///
    /// - Throws: `CommandError` for a name that none has.
    func place(ofProvider name: String?) throws -> Int? {
        guard let name else { return nil }
        guard let place = names.firstIndex(of: name) else {
            throw CommandError(
                .usage, what: "usage", why: "no provider is called '\(singleLine(name))'",
                hint: "the configuration names: \(names.joined(separator: ", "))")
        }
        return place
    }
}
