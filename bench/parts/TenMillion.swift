import Backup
import Crypto
import Foundation
import ObjectStore
import Vault

/// `verify --level list` over three replicas of ten million packs each, with the catalog that it needs:
/// takes minutes and four gigabytes of disk, and so is measured once and only when it is asked for.
///
///     swift run -c release bench-parts ten-million [COUNT]
///
/// What is measured is a process of its own, as the program's is: the catalog is filled by the one before it.
struct TenMillion {
    static let word = "ten-million"
    private static let packsAnInventory = 5000

    private let packCount: Int
    private let folder: String
    private let stores: [MadeUpReplica]

    /// - Parameter arguments: how many packs, and the folder of a vault that is filled.
    static func run(_ arguments: [String]) async throws {
        let packCount = arguments.first.flatMap { Int($0) } ?? 10_000_000
        if arguments.count > 1 {
            return try await TenMillion(packCount: packCount, folder: arguments[1]).verify()
        }
        let folder = NSTemporaryDirectory() + "bench-verify-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await TenMillion(packCount: packCount, folder: folder).fill()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [word, String(packCount), folder]
        try process.run()
        process.waitUntilExit()
        precondition(process.terminationStatus == 0)
    }

    private init(packCount: Int, folder: String) throws {
        self.packCount = packCount
        self.folder = folder
        stores = try ["a", "b", "c"].map { name in
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            return MadeUpReplica(
                base: DirectoryStore(name: name, path: "\(folder)/\(name)"), packCount: packCount)
        }
    }

    private var access: VaultAccess {
        VaultAccess(
            providers: stores.map { Provider(store: $0, location: $0.name) }, quorum: nil,
            state: StateFolder(path: "\(folder)/state"), host: "bench", givenSecret: nil,
            askPassword: { throw CancellationError() }, warn: { print("warning: \($0)") })
    }

    private func fill() async throws {
        let vault = try await access.initialise(
            strength: .interactive, makesDeviceKey: true,
            password: { SecretBytes(copying: Array("password".utf8).span.bytes) }
        ).vault
        try await plantInventories(in: vault)
        let elapsed = try await ContinuousClock().measure {
            _ = try await vault.verify(VerifyRequest(level: .list))
        }
        print("fill the catalog and verify once: \(elapsed)")
    }

    private func verify() async throws {
        let vault = try await access.open()
        var summary: VerifySummary?
        let before = Self.processorSeconds
        let elapsed = try await ContinuousClock().measure {
            summary = try await vault.verify(VerifyRequest(level: .list))
        }
        let used = Self.processorSeconds - before
        let rate = Double(packCount) / (elapsed / .seconds(1))
        precondition(summary!.replicas.allSatisfy { $0.rightCount > packCount && $0.counts.isEmpty })
        print("verify --level list, \(packCount) packs on three replicas: \(elapsed), processor \(used) s")
        print("\(Int(rate)) objects a second and replica, peak \(try Self.peakKibibytes() >> 10) MiB")
    }

    private func plantInventories(in vault: OpenVault) async throws {
        for start in stride(from: 0, to: packCount, by: Self.packsAnInventory) {
            let packs = (start..<min(start + Self.packsAnInventory, packCount)).map {
                Inventory.Pack(
                    digest: MadeUpReplica.digest($0, of: packCount),
                    byteCount: MadeUpReplica.packByteCount, isMeta: false)
            }
            let inventory = Inventory(
                vault: vault.id, created: UTCTime(secondsSince1970: Int64(start)), packs: packs, heads: [])
            let (name, bytes) = inventory.sealed(by: vault.keyring.signingKey)
            for store in stores { try await store.put(name.key, bytes) }
        }
    }

    /// What the process has used of all cores.
    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
    }

    /// The most that the process has had resident, as proc(5) tells it.
    private static func peakKibibytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }!
        return Int(line.split(whereSeparator: \.isWhitespace)[1])!
    }
}
