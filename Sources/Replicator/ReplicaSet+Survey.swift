internal import ObjectStore

extension ReplicaSet {
    /// Compares the replicas' listings with what is needed, and delivers each name that is not alike and
    /// right everywhere.
    ///
    /// Memory does not grow with the number of objects: of each listing, one page and the next are held,
    /// which all replicas fetch at the same time. A listing that fails, or is out of order, makes its replica
    /// unknown from there on, never empty; the survey of the others goes on. What is needed and not listed is asked for by
    /// its name before it counts as absent.
    ///
    /// - Parameters:
    ///   - prefixes: what to list; overlaps are listed once.
    ///   - replicas: those to survey; if nil, all.
    ///   - nextNeeded: the next few thousand of the needed objects, all under the prefixes, in ascending order
    ///     of the names' bytes; empty at the end.
    ///   - onBatch: takes the rows, in the same order; the survey waits for it.
    /// - Throws: what the closures throw; `ReplicaSetError.Code.disordered` when the needed objects are;
    ///   `CancellationError`. A replica's failure is in the report.
    public func survey(
        prefixes: [String], on replicas: [Int]? = nil,
        nextNeeded: () async throws -> [NeededObject],
        onBatch: (SurveyBatch) async throws -> Void
    ) async throws -> SurveyReport {
        let prefixes = Self.disjoint(prefixes)
        let surveyed = Array(replicas ?? Array(stores.indices))
        let absence = AbsenceLook(self)
        return try await withThrowingTaskGroup(of: FetchedPage.self) { group in
            var merge = SurveyMerge(replicas: self, surveyed: surveyed, prefixes: prefixes)
            for place in merge.cursors.indices where merge.cursors[place].needsPage {
                fetchPage(for: place, of: &merge, in: &group)
            }
            while !merge.isDone {
                for place in merge.cursors.indices {
                    try await refill(place, of: &merge, in: &group)
                }
                if merge.needed.needsBatch { try merge.needed.take(await nextNeeded()) }
                merge.run()
                if merge.batch.isFull || merge.isDone, !merge.batch.isEmpty {
                    await merge.look(for: surveyed, with: absence)
                    try Task.checkCancellation()
                    try await onBatch(merge.batch)
                    merge.batch = SurveyBatch()
                }
            }
            return merge.report
        }
    }

    /// The prefixes in ascending order, without those that another one covers.
    private static func disjoint(_ prefixes: [String]) -> [String] {
        prefixes.sorted().reduce(into: []) { disjoint, prefix in
            if let last = disjoint.last, prefix.hasPrefix(last) { return }
            disjoint.append(prefix)
        }
    }

    /// Gives the cursor its next page if it needs one, and asks for the one after it. Pages that come for
    /// other cursors meanwhile are kept for them.
    private func refill(
        _ place: Int, of merge: inout SurveyMerge, in group: inout ThrowingTaskGroup<FetchedPage, any Error>
    ) async throws {
        while merge.cursors[place].needsPage {
            if let answer = merge.cursors[place].arrived.take() {
                merge.take(answer, for: place)
                if merge.cursors[place].hasNextPage { fetchPage(for: place, of: &merge, in: &group) }
            } else if let page = try await group.next() {
                merge.cursors[page.place].arrived = page.result
            }
            // What a cancelled listing has not shown is not missing.
            try Task.checkCancellation()
        }
    }

    private func fetchPage(
        for place: Int, of merge: inout SurveyMerge, in group: inout ThrowingTaskGroup<FetchedPage, any Error>
    ) {
        let cursor = merge.cursors[place]
        let (store, prefix, token) = (stores[cursor.replica], cursor.prefix, cursor.token)
        merge.report.replicas[cursor.replica]!.requestCount += 1
        group.addTask {
            do throws(ObjectStoreError) {
                let page = try await store.list(prefix: prefix, continuing: token)
                return FetchedPage(place: place, result: .success(page))
            } catch {
                return FetchedPage(place: place, result: .failure(error))
            }
        }
    }
}

private struct FetchedPage: Sendable {
    /// The cursor's place among the cursors.
    let place: Int
    let result: Result<ListPage, ObjectStoreError>
}
