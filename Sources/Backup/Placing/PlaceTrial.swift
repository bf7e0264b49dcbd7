internal import Crypto
internal import ObjectStore
internal import Replicator

/// Finds out which stores are one place under several names, by what is put at one and looked for at the others: no name
/// tells that an alias, another endpoint, a link or a bind mount leads to the same bucket or directory.
///
/// Each store gets one object of 32 bytes below `probe/`, which is deleted again; where the key may not, the next trial
/// uses it again. See docs/decisions/0020.
struct PlaceTrial {
    /// What the trial has found of one store.
    struct Finding: Sendable {
        /// Why nothing could be put there.
        var putFailure: ObjectStoreError?
        /// Why what was put there could not be read again.
        var readFailure: ObjectStoreError?
        /// Whether what was put there has no lock, though it was to have one.
        var isUnlocked = false
    }

    struct Outcome: Sendable {
        /// By store.
        var findings: [Finding]
        /// Pairs that are one place, and pairs that are two; of the others nothing is known.
        var same: [(Int, Int)] = []
        var apart: [(Int, Int)] = []
    }

    private struct Mark: Sendable {
        let key: ObjectKey
        let bytes: [UInt8]
    }

    private static let byteCount = 32
    private static let namePrefix = "probe/place-"

    let stores: [any ObjectStore]

    /// - Parameter chosen: the stores to try, by their place in `stores`; the findings of the others are empty.
    func run(on chosen: [Int]) async -> Outcome {
        var outcome = Outcome(findings: stores.map { _ in Finding() })
        let names = await names(on: chosen)
        var marks: [Int: Mark] = [:]
        await withTaskGroup(of: (Int, Mark?, Finding).self) { group in
            for (store, key) in names { group.addTask { await put(key, on: store) } }
            for await (store, mark, finding) in group {
                marks[store] = mark
                outcome.findings[store] = finding
            }
        }
        for (place, one) in chosen.enumerated() {
            for other in chosen[(place + 1)...] {
                switch await isSame(one, other, marks) {
                case true?: outcome.same.append((one, other))
                case false?: outcome.apart.append((one, other))
                case nil: break
                }
            }
        }
        for (store, mark) in marks { try? await stores[store].delete(mark.key) }
        return outcome
    }

    /// What is put on each store that can be listed: an object that an earlier trial could not delete, or a new one. No two
    /// have one name, which would have them overwrite each other where they are one place.
    private func names(on chosen: [Int]) async -> [Int: ObjectKey] {
        var left: [Int: [ObjectKey]] = [:]
        await withTaskGroup(of: (Int, [ObjectKey]?).self) { group in
            for store in chosen {
                group.addTask {
                    let listed = try? await stores[store].listAll(prefix: Self.namePrefix)
                    return (store, listed?.map(\.key))
                }
            }
            // Whoever asked has listed one that fails too, and says so.
            for await (store, keys) in group { left[store] = keys }
        }
        var taken: Set<ObjectKey> = []
        var names: [Int: ObjectKey] = [:]
        for store in chosen {
            guard let left = left[store] else { continue }
            let key = left.first { !taken.contains($0) } ?? ObjectKey(Self.namePrefix + randomBytes(8).hex)!
            taken.insert(key)
            names[store] = key
        }
        return names
    }

    private func put(_ key: ObjectKey, on index: Int) async -> (Int, Mark?, Finding) {
        let store = stores[index]
        let mark = Mark(key: key, bytes: randomBytes(Self.byteCount))
        var finding = Finding()
        do throws(ObjectStoreError) {
            try await store.put(mark.key, mark.bytes)
        } catch {
            finding.putFailure = error
            return (index, nil, finding)
        }
        do throws(ObjectStoreError) {
            _ = try await store.get(mark.key, maximumByteCount: Self.byteCount)
            if let bucket = store as? any BucketStore, bucket.lockDays != nil {
                finding.isUnlocked = try await bucket.details(mark.key).lockedUntil == nil
            }
        } catch {
            finding.readFailure = error
        }
        return (index, mark, finding)
    }

    /// Whether what is put at one is at the other; nil where that could not be found out.
    ///
    /// What is copied from one bucket to the other by a replication rule is there too after a while. So the other one is
    /// given other bytes, which a copy in one direction does not bring back.
    private func isSame(_ one: Int, _ other: Int, _ marks: [Int: Mark]) async -> Bool? {
        let (from, to) = marks[one] != nil ? (one, other) : (other, one)
        guard let mark = marks[from], let isThere = await shows(stores[to], mark.key, mark.bytes) else {
            return nil
        }
        guard isThere, marks[to] != nil else { return isThere }
        let answer = randomBytes(Self.byteCount)
        do {
            try await stores[to].put(mark.key, answer)
            let isBack = await shows(stores[from], mark.key, answer)
            // A store of its own must not keep what was put there for this alone.
            if isBack == false { try? await stores[to].delete(mark.key) }
            try await stores[from].put(mark.key, mark.bytes)
            return isBack
        } catch {
            return true
        }
    }

    private func shows(_ store: any ObjectStore, _ key: ObjectKey, _ bytes: [UInt8]) async -> Bool? {
        do throws(ObjectStoreError) {
            return try await store.get(key, maximumByteCount: Self.byteCount).array == bytes
        } catch {
            return error.code == .notFound ? false : nil
        }
    }
}
