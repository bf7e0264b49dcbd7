internal import Foundation

/// The Python that has the packages of `scripts/requirements.txt`.
public enum Python {
    /// `PHOTOBACKUP_TEST_PYTHON`, else that of the repository's own environment, else the system's.
    public static let path: String = {
        if let chosen = ProcessInfo.processInfo.environment["PHOTOBACKUP_TEST_PYTHON"] { return chosen }
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let own = repository.appending(path: ".venv/bin/python").path
        return FileManager.default.isExecutableFile(atPath: own) ? own : "/usr/bin/python3"
    }()
}
