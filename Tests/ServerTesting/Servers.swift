internal import Foundation
internal import Synchronization

/// The servers of this test run: those that run already, or else ones of its own that end with it.
public enum Servers {
    public static let names = ["seaweedfs", "rclone", "moto", "rclone-tls"]

    public static func named(_ name: String) throws -> TestServer { try running.get().server(name) }

    /// Where the servers are, once every one of them runs.
    private static let running: Result<ServerFolder, any Error> = Result {
        let given = ProcessInfo.processInfo.environment["PHOTOBACKUP_SERVERS_DIR"]
        let shared = given.map { ServerFolder(path: $0) } ?? ServerFolder(named: "servers")
        if shared.areRunning(names) { return shared }
        let own = ServerFolder(named: "test-servers-\(ProcessInfo.processInfo.processIdentifier)")
        ownFolder.withLock { $0 = own }
        atexit { Servers.stopOwn() }
        try own.start(names)
        return own
    }

    private static let ownFolder = Mutex<ServerFolder?>(nil)

    private static func stopOwn() {
        guard let folder = ownFolder.withLock({ $0 }) else { return }
        try? folder.stop()
        try? FileManager.default.removeItem(atPath: folder.path)
    }
}
