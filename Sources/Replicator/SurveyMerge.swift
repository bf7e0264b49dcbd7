internal import ObjectStore

/// The merge of the sorted listings with the sorted needed objects, over what is in hand of each.
///
/// Nothing here waits: the survey fetches, the merge runs until something in hand is used up.
struct SurveyMerge {
    var needed: NeededCursor
    var cursors: [ListingCursor]
    var batch = SurveyBatch()
    var report: SurveyReport
    private let replicaCount: Int
    /// By replica: what it shows that nothing needs.
    private var strayCounts: [Int]

    /// What nothing needs is named, and so remembered: a listing that a provider fills without end has to end. Beyond this
    /// many, no more of it is read than there is that something needs.
    static let freeStrayCount = 100_000

    init(replicas: ReplicaSet, surveyed: [Int], prefixes: [String]) {
        replicaCount = replicas.stores.count
        strayCounts = Array(repeating: 0, count: replicaCount)
        needed = NeededCursor(prefixes: prefixes)
        cursors = surveyed.map {
            ListingCursor(replica: $0, storeName: replicas.stores[$0].name, prefixes: prefixes)
        }
        report = SurveyReport(replicas: Array(repeating: nil, count: replicaCount))
        for replica in surveyed { report.replicas[replica] = SurveyReport.Replica() }
    }

    /// Whether every name is merged, as far as the listings could be read.
    var isDone: Bool {
        !needed.needsBatch && !cursors.contains(where: \.needsPage) && smallestKey == nil
    }

    /// Gives the cursor an answer for its next page.
    mutating func take(_ answer: Result<ListPage, ObjectStoreError>, for place: Int) {
        let replica = cursors[place].replica
        do throws(ObjectStoreError) {
            let page = try cursors[place].take(answer)
            strayCounts[replica] += page.foreignNames.count
            guard strayCounts[replica] <= Self.freeStrayCount + report.neededCount else {
                throw cursors[place].fail(
                    "the listing has \(strayCounts[replica]) names that nothing needs, and was not read to its end"
                )
            }
            batch.foreignNames += page.foreignNames.map { ForeignName(replica: replica, name: $0) }
        } catch {
            report.replicas[replica]!.failure = error
        }
    }

    /// Merges until a page or a batch is used up, the rows fill a batch, or all is merged.
    mutating func run() {
        while !batch.isFull, !needed.needsBatch, !cursors.contains(where: \.needsPage),
            let key = smallestKey
        {
            settle(key)
        }
    }

    private var smallestKey: ObjectKey? {
        var smallest = needed.head?.key
        for cursor in cursors {
            guard let key = cursor.head?.key else { continue }
            if let current = smallest, !key.precedes(current) { continue }
            smallest = key
        }
        return smallest
    }

    /// Makes a row of the name unless it is right everywhere, counts it where it is right, and moves every
    /// cursor that stands on it.
    private mutating func settle(_ key: ObjectKey) {
        let need = needed.head.flatMap { $0.key == key ? $0 : nil }
        if !isRightEverywhere(key, need) {
            batch.rows.append(SurveyRow(key: key, needed: need, listed: listed(key)))
        }
        for place in cursors.indices {
            guard let object = cursors[place].head, object.key == key else { continue }
            cursors[place].advance()
            count(object, need, of: cursors[place].replica)
        }
        guard need != nil else { return }
        needed.advance()
        report.neededCount += 1
    }

    /// Needed, and with one size, which is the one needed, in every listing that can be read.
    private func isRightEverywhere(_ key: ObjectKey, _ need: NeededObject?) -> Bool {
        guard let need else { return false }
        var byteCount = need.byteCount
        for cursor in cursors where cursor.isReadable {
            guard let object = cursor.head, object.key == key,
                object.byteCount == byteCount ?? object.byteCount
            else { return false }
            byteCount = object.byteCount
        }
        return true
    }

    private func listed(_ key: ObjectKey) -> [ListedObject] {
        var listed = Array(repeating: ListedObject.unknown, count: replicaCount)
        for cursor in cursors where cursor.isReadable {
            if let object = cursor.head, object.key == key {
                listed[cursor.replica] = .present(byteCount: object.byteCount, modified: object.modified)
            } else {
                listed[cursor.replica] = .absent
            }
        }
        return listed
    }

    private mutating func count(_ object: ObjectInfo, _ need: NeededObject?, of replica: Int) {
        report.replicas[replica]!.listedCount += 1
        if need == nil { strayCounts[replica] += 1 }
        guard let need, object.byteCount == need.byteCount ?? object.byteCount else { return }
        report.replicas[replica]!.rightCount += 1
        report.replicas[replica]!.rightByteCount += object.byteCount
    }
}

// MARK: - Absence

extension SurveyMerge {
    /// Asks for what is needed and absent in the batch's rows, and takes what is there all the same for listed.
    mutating func look(for replicas: [Int], with absence: AbsenceLook) async {
        for replica in replicas {
            let absent = batch.rows.indices.filter {
                batch.rows[$0].needed != nil && batch.rows[$0].listed[replica] == .absent
            }
            guard !absent.isEmpty else { continue }
            let (found, requestCount) = await absence.find(
                absent.compactMap { batch.rows[$0].needed }, on: replica)
            report.replicas[replica]!.requestCount += requestCount
            let byKey = Dictionary(found.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            for place in absent {
                guard let object = byKey[batch.rows[place].key] else { continue }
                batch.rows[place].listed[replica] = .present(
                    byteCount: object.byteCount, modified: object.modified)
                count(object, batch.rows[place].needed, of: replica)
            }
        }
    }
}
