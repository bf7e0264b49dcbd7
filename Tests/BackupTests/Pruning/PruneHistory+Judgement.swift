import ObjectStore
import Testing

@testable import Backup
@testable import Vault

// What must hold after each step of a history.

extension PruneHistory {
    func holdings() async throws -> [Set<ObjectKey>] {
        var held: [Set<ObjectKey>] = []
        for replica in test.replicas { held.append(Set(try await replica.names())) }
        return held
    }

    /// What a command may refuse with nothing in its way.
    static func isExcused(_ error: any Error) -> Bool {
        error is RetentionError || error is PruneError || error is LinkConflictError
            || error is SelectionError
            || error is EpochError || error is UnreadableSnapshotError
    }

    /// What tombstones on any replica name.
    func tombstones() async throws -> [ObjectKey: Tombstone.State] {
        let vault = try await witness()
        var states: [ObjectKey: Tombstone.State] = [:]
        for replica in test.replicas {
            for key in try await replica.names(ObjectName.tombstonesPrefix) {
                guard case .tombstone(let time, _) = ObjectName(key) else { continue }
                let tombstone = try await Tombstone(
                    replica.bytes(key), named: time, vault: vault.id, key: vault.signingKey, subject: "")
                for object in tombstone.objects where states[object] != .deleting {
                    states[object] = tombstone.state
                }
            }
        }
        return states
    }

    /// The snapshots that nobody has forgotten.
    func snapshotsToKeep() async throws -> Set<ObjectKey> {
        let tombstones = try await tombstones()
        return Set(try await holdings().flatMap { $0 }).filter {
            $0.rawValue.hasPrefix(ObjectName.snapshotsPrefix) && tombstones[$0] == nil
        }
    }

    /// With every honest provider there, as nobody's run sees it.
    func witness() async throws -> OpenVault {
        for replica in test.replicas { replica.works() }
        return try await ModelMachine(host: "witness").access(to: test).without(malicious).open()
    }

    /// What a snapshot needs, as far as that is there.
    @discardableResult
    func learnNeeds(of key: ObjectKey) async throws -> Set<ObjectKey> {
        if let known = needs[key] { return known }
        guard case .snapshot(let collection, let time, let digest) = ObjectName(key) else { return [] }
        let vault = try await witness()
        defer { works() }
        var needed: Set = [key]
        let snapshot = try await vault.readSnapshot(SnapshotID(time: time, digest: digest), of: collection)
        for page in snapshot.pages {
            needed.insert(ObjectName.metaPack(page.reference.pack).key)
            for entry in (try? await vault.readPage(page)) ?? [] {
                for list in entry.contentLists { needed.insert(ObjectName.metaPack(list.pack).key) }
                for reference in (try? await vault.references(of: entry)) ?? [] {
                    needed.insert(ObjectName.pack(reference.pack).key)
                }
            }
        }
        needs[key] = needed
        return needed
    }

    /// - Parameter present: the snapshots that nobody had forgotten before the step.
    func judge(
        _ before: [Set<ObjectKey>], _ present: Set<ObjectKey>, _ given: [LinkPromise], isAlone: Bool
    ) async throws {
        let now = try await holdings()
        let tombstones = try await tombstones()
        works()
        let names = Set(tombstones.keys.compactMap { SnapshotID($0) })
        let lost = promises.filter { names.contains($0.snapshot) }
        #expect(lost.isEmpty || isForgetting, "\(lost.map(\.snapshot)) was forgotten by nobody: \(comment)")
        forgotten += lost
        promises.removeAll { names.contains($0.snapshot) }
        isForgetting = false
        for link in given where links.contains(where: { $0.link.record == link.link.record }) {
            for replica in now.indices {
                let kept = link.packs.union([link.link.record])
                let lost = kept.intersection(before[replica]).subtracting(now[replica])
                #expect(lost.isEmpty, "\(replica) lost what a link needs: \(lost.sorted()): \(comment)")
            }
        }
        for key in present where tombstones[key] == nil {
            for replica in now.indices {
                let lost = needs[key, default: []].intersection(before[replica]).subtracting(now[replica])
                #expect(lost.isEmpty, "\(replica) lost what \(key) needs: \(lost.sorted()): \(comment)")
            }
        }
        let gone = Set(tombstones.filter { $0.value == .deleting }.keys)
        for replica in now.indices {
            let lost = before[replica].subtracting(now[replica]).subtracting(gone)
                .filter { key in Self.keptFolders.contains(where: key.rawValue.hasPrefix) }
            #expect(lost.isEmpty, "\(replica) lost \(lost.sorted()), which nobody deletes: \(comment)")
        }
        for replica in now.indices where isAlone {
            let revived = now[replica].subtracting(before[replica]).intersection(gone)
            #expect(revived.isEmpty, "\(revived.sorted()) came back on \(replica): \(comment)")
        }
    }
}
