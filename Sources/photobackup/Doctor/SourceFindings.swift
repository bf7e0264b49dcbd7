internal import Backup
internal import Glibc

/// What is to be said of a source folder.
struct SourceFindings {
    let subject: String
    let path: String
    /// What this program keeps on this machine; nil where no provider is configured.
    let own: OwnPlaces?

    var all: [Finding] {
        guard access(path, F_OK) == 0 else {
            return [.problem(subject, "\(path) is not there", hint: "is its disk mounted?")]
        }
        guard access(path, R_OK | X_OK) == 0 else {
            return [.problem(subject, "\(path) cannot be read by this user")]
        }
        if let place = own?.around(path) {
            return [
                .problem(
                    subject, "\(path) lies in \(place.what)",
                    hint: "a vault is not backed up into itself: name a folder of photographs")
            ]
        }
        return [.good(subject, path)]
            + (own?.below(path) ?? []).map { place in
                .advice(
                    subject,
                    "\(place.path) lies in \(path), and is left out: \(place.what)"
                        + (place.isReplica ? "; a loss of that disk takes both" : ""),
                    hint: place.isReplica ? "move it to another disk, or add a provider elsewhere" : nil)
            }
    }
}
