internal import Backup
internal import Configuration
internal import Dashboard
internal import Terminal
internal import Vault

extension DashboardModel {
    /// Takes over what the replicas have shown.
    mutating func take(_ status: VaultStatus) {
        replicas = status.replicas.map { replica in
            var shown = Replica(name: replica.name)
            shown.isReachable = replica.isReachable
            shown.isRefusing = !replica.isReachable && !replica.standing.isUnreachable
            shown.announcement = replica.standing.expiry?.text
            shown.isAway = replica.standing.isAway
            shown.missingCount = replica.packsMissing + replica.objectsMissing
            shown.missingBytes = replica.standing.bytesMissing
            shown.damageCount = replica.standing.damageCount
            shown.behindSince = replica.standing.behindSince?.secondsSince1970
            shown.reason = replica.standing.reason
            shown.lastVerified = replica.lastVerified?.time.secondsSince1970
            shown.lastVerifiedLevel = replica.lastVerified?.level.rawValue
            return shown
        }
        collections = status.collections.map {
            Collection(
                name: $0.name, fileCount: $0.fileCount, byteCount: Int64(clamping: $0.byteCount),
                newest: $0.snapshot.time.secondsSince1970, snapshotCount: $0.snapshotCount,
                unreadableCount: $0.unreadableCount)
        }
        kitTested = status.kitTested?.secondsSince1970
        drill = status.lastDrill.map {
            Drill(time: $0.time, fileCount: $0.files, proved: $0.proved, failed: $0.failed)
        }
    }

    /// Takes over what the catalog says, and names the configured sources of which it knows nothing.
    mutating func take(_ overview: VaultOverview, collections configured: [CollectionConfiguration]) {
        for known in overview.replicas {
            guard let place = replicas.firstIndex(where: { $0.name == known.name }) else { continue }
            replicas[place].objectCount = known.objectCount
            replicas[place].byteCount = known.byteCount
            replicas[place].lastWrite = known.lastWrite?.secondsSince1970
        }
        aliasCount = overview.replicas.count - overview.placeCount
        sources = overview.sources.map {
            Source(
                collection: $0.collection, label: FileName($0.label).text, fileCounts: $0.fileCounts,
                byteCount: $0.byteCount)
        }
        for collection in configured {
            for source in collection.sources {
                let label = FileName(Array(source.label.utf8)).text
                let isKnown = sources.contains { $0.collection == collection.name && $0.label == label }
                guard !isKnown else { continue }
                sources.append(
                    Source(collection: collection.name, label: label, fileCounts: [], byteCount: 0))
            }
        }
        days = overview.days.map {
            Day(number: $0.number, fileCount: $0.fileCount, lowestPlaceCount: $0.lowestPlaceCount)
        }
        undatedFileCount = overview.undatedFileCount
        readBack.days = ReadBackSample.days
        readBack.samples = overview.readBack.map { sample in
            ReadBack.Sample(time: sample.time, shares: replicas.map { sample.shares[$0.name] })
        }
    }

    /// Takes over what was given to others, what ends next first.
    mutating func take(_ links: [RecordedLink], _ grants: [GivenGrant]) {
        let given = grants.map {
            Share(
                title: $0.collectionName, collection: $0.collectionName, person: $0.person,
                created: $0.created.secondsSince1970, ends: nil)
        }
        let open = links.map {
            Share(
                title: $0.share.title ?? $0.share.collection, collection: $0.share.collection, person: nil,
                created: $0.created.secondsSince1970, ends: $0.share.ends)
        }
        shares = open.sorted { ($0.ends ?? .max, $0.title) < ($1.ends ?? .max, $1.title) } + given
    }
}
