internal import Crypto
internal import ObjectStore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

extension Room {
    private static let plenty = 32 << 20

    func anObjectComesBackAsItWas() async throws {
        for byteCount in [0, 1, 255, 16 << 10, (64 << 10) + 1, (5 << 20) + 3] {
            let bytes = randomBytes(byteCount)
            try await store.put(key("of-\(byteCount)"), bytes)
            let stored = try await store.get(key("of-\(byteCount)"), maximumByteCount: Self.plenty)
            try require(stored.array == bytes, "\(byteCount) bytes came back changed")
        }
    }

    func aRangeIsExactlyThoseBytes() async throws {
        let bytes = randomBytes(100_000)
        try await store.put(key("object"), bytes)
        for range in [0..<1, 0..<100_000, 1..<2, 49_999..<70_001, 99_999..<100_000] {
            let part = try await store.get(key("object"), range: range, maximumByteCount: range.count)
            try require(part.array == Array(bytes[range]), "the range \(range) came back changed")
        }
    }

    func aRangeBeyondTheEndIsDamaged() async throws {
        try await store.put(key("object"), randomBytes(100))
        for range in [0..<101, 99..<101, 100..<101, 1000..<2000] {
            try await require(.damaged) { () throws(ObjectStoreError) in
                try await store.get(key("object"), range: range, maximumByteCount: Self.plenty)
            }
        }
    }

    func anObjectThatIsNotThereIsNotFound() async throws {
        let absent = key("absent/object")
        try await require(.notFound) { () throws(ObjectStoreError) in
            try await store.get(absent, maximumByteCount: Self.plenty)
        }
        try await require(.notFound) { () throws(ObjectStoreError) in
            try await store.get(absent, range: 0..<1, maximumByteCount: 1)
        }
        try await require(.notFound) { () throws(ObjectStoreError) in try await store.head(absent) }
    }

    func aPutReplaces() async throws {
        for byteCount in [5000, 10, 7000, 0] {
            let bytes = randomBytes(byteCount)
            try await store.put(key("object"), bytes)
            let stored = try await store.get(key("object"), maximumByteCount: Self.plenty)
            try require(stored.array == bytes, "after a put of \(byteCount) bytes, others came back")
        }
    }

    func aHeadTellsLengthAndTime() async throws {
        for byteCount in [0, 1234] {
            try await store.put(key("object"), randomBytes(byteCount))
            let info = try await store.head(key("object"))
            try require(info.key == key("object"), "the name is \(info.key)")
            try require(info.byteCount == byteCount, "\(info.byteCount) bytes instead of \(byteCount)")
            let age = Int64(time(nil)) - info.modified
            try require(abs(age) < 600, "it is \(age) seconds old")
        }
    }

    func aNameMayBeLong() async throws {
        let part = String(repeating: "n", count: 200)
        let long = key((part + "/" + part + "/" + part).prefix(512 - prefix.count).description)
        try require(long.rawValue.utf8.count == 512, "the test's name is not as long as it may be")
        try await store.put(long, [1, 2, 3])
        try require(
            try await store.get(long, maximumByteCount: 3).array == [1, 2, 3], "other bytes came back")
        try require(
            try await store.listAll(prefix: prefix).map(\.key) == [long], "the listing has other names")
    }

    func anObjectThatIsTooLargeIsRefused() async throws {
        try await store.put(key("object"), randomBytes(70_000))
        let whole = try await store.get(key("object"), maximumByteCount: 70_000)
        try require(whole.count == 70_000, "the object has \(whole.count) bytes")
        for limit in [0, 1, 69_999] {
            try await require(.damaged) { () throws(ObjectStoreError) in
                try await store.get(key("object"), maximumByteCount: limit)
            }
        }
    }

    func aDeletedObjectIsGone() async throws {
        try await store.put(key("folder/object"), [1])
        try await store.put(key("folder/other"), [2])
        try await store.delete(key("folder/object"))
        try await require(.notFound) { () throws(ObjectStoreError) in
            try await store.head(key("folder/object"))
        }
        let names = try await store.listAll(prefix: prefix).map(\.key)
        try require(names == [key("folder/other")], "the listing has \(names)")
        try await store.delete(key("folder/object"))
    }

    func callsRunAtTheSameTime() async throws {
        try await forEach(Array(0..<48)) { [self] index in
            let bytes = [UInt8](repeating: UInt8(index), count: 20_000 + index)
            try await store.put(key("object-\(index)"), bytes)
            let stored = try await store.get(key("object-\(index)"), maximumByteCount: Self.plenty)
            try require(stored.array == bytes, "object \(index) came back changed")
        }
        try require(try await store.listAll(prefix: prefix).count == 48, "not all are listed")
    }

    func aCancelledCallSaysSo() async throws {
        let outcome = await Task { [self] () -> ObjectStoreError? in
            withUnsafeCurrentTask { $0?.cancel() }
            do throws(ObjectStoreError) {
                _ = try await store.get(key("object"), maximumByteCount: 1)
                return nil
            } catch {
                return error
            }
        }.value
        try require(
            outcome?.code == .cancelled, "a cancelled call ended with \(outcome?.reason ?? "success")")
    }
}
