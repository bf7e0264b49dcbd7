internal import Crypto
public import ObjectStore

/// What a store must do, one guarantee a case; run every one of them on every kind of store.
///
/// Each run keeps to a prefix of its own, so that runs do not meet in one bucket.
public enum Conformance: String, CaseIterable, Sendable {
    case anObjectComesBackAsItWas
    case aRangeIsExactlyThoseBytes
    case aRangeBeyondTheEndIsDamaged
    case anObjectThatIsNotThereIsNotFound
    case aPutReplaces
    case aHeadTellsLengthAndTime
    case aNameMayBeLong
    case anObjectThatIsTooLargeIsRefused
    case aDeletedObjectIsGone
    case deletingWhatIsNotThereSucceeds
    case aListingIsInOrderOfBytes
    /// SeaweedFS does not have this one, and S3Store says so instead of listing in another order. The names of a
    /// vault do not need it.
    case aFolderStandsWhereItsSlashPutsIt
    case aListingKeepsToItsPrefix
    case aListingOfNothingIsEmpty
    case aLongListingGoesOnWithoutGaps
    case callsRunAtTheSameTime
    case aCancelledCallSaysSo

    /// Throws a `ConformanceFailure`, or the store's own error, unless the guarantee holds.
    public func run(on store: any ObjectStore) async throws {
        let room = Room(store: store, prefix: "conformance/\(randomBytes(8).hex)/")
        switch self {
        case .anObjectComesBackAsItWas: try await room.anObjectComesBackAsItWas()
        case .aRangeIsExactlyThoseBytes: try await room.aRangeIsExactlyThoseBytes()
        case .aRangeBeyondTheEndIsDamaged: try await room.aRangeBeyondTheEndIsDamaged()
        case .anObjectThatIsNotThereIsNotFound: try await room.anObjectThatIsNotThereIsNotFound()
        case .aPutReplaces: try await room.aPutReplaces()
        case .aHeadTellsLengthAndTime: try await room.aHeadTellsLengthAndTime()
        case .aNameMayBeLong: try await room.aNameMayBeLong()
        case .anObjectThatIsTooLargeIsRefused: try await room.anObjectThatIsTooLargeIsRefused()
        case .aDeletedObjectIsGone: try await room.aDeletedObjectIsGone()
        case .deletingWhatIsNotThereSucceeds: try await store.delete(room.key("nothing"))
        case .aListingIsInOrderOfBytes: try await room.aListingIsInOrderOfBytes()
        case .aFolderStandsWhereItsSlashPutsIt: try await room.aFolderStandsWhereItsSlashPutsIt()
        case .aListingKeepsToItsPrefix: try await room.aListingKeepsToItsPrefix()
        case .aListingOfNothingIsEmpty: try await room.aListingOfNothingIsEmpty()
        case .aLongListingGoesOnWithoutGaps: try await room.aLongListingGoesOnWithoutGaps()
        case .callsRunAtTheSameTime: try await room.callsRunAtTheSameTime()
        case .aCancelledCallSaysSo: try await room.aCancelledCallSaysSo()
        }
    }
}

/// A guarantee that does not hold.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}

/// A store, and the part of it that belongs to one run.
struct Room {
    let store: any ObjectStore
    let prefix: String

    func key(_ name: String) -> ObjectKey { ObjectKey(prefix + name)! }

    func require(_ condition: Bool, _ failure: @autoclosure () -> String) throws {
        guard condition else { throw ConformanceFailure(description: "\(store.name): \(failure())") }
    }

    /// That `body` fails with that code.
    func require<Value>(
        _ code: ObjectStoreError.Code, from body: () async throws(ObjectStoreError) -> Value
    ) async throws {
        do {
            _ = try await body()
        } catch {
            try require(error.code == code, "expected \(code), got \(error.code): \(error)")
            return
        }
        throw ConformanceFailure(description: "\(store.name): expected \(code), but it succeeded")
    }

    /// Runs `body` for each element, at most 16 at a time.
    func forEach<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= 16 { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}
