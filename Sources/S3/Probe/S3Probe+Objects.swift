internal import Crypto
internal import ObjectStore

/// How objects are stored, listed and read.
extension S3Probe {
    /// Names whose order by bytes is another than that by words. None stands beside a folder that begins alike, which
    /// some providers list by folders: the vault has no such neighbours, and what a probe may not delete must not
    /// put a listing of the vault out of order.
    private static let namesInOrder = ["list/a-b", "list/a.b", "list/a0", "list/ab", "list/b"]

    mutating func askListing() async throws(ObjectStoreError) {
        let bytes = Array("listed".utf8)
        for name in Self.namesInOrder.reversed() {
            let response = try await put(name, bytes)
            guard response.isSuccess else {
                record(.listOrder, .unknown, "\(name) could not be stored: \(Self.words(response))")
                return
            }
        }
        var names: [String] = []
        var pageSizes: [Int] = []
        var next: ListToken?
        repeat {
            var operation = S3Operation(method: .get, key: "", object: folder)
            operation.query = [
                ("list-type", "2"), ("max-keys", "2"), ("prefix", store.keyPrefix + folder + "list/"),
            ]
            operation.query += next?.query ?? []
            let response = try await session.attempt(operation)
            guard response.isSuccess,
                let page = response.body.withUnsafeBytes({ try? ListAnswer.read($0) })
            else {
                record(.listPaging, .no, "a page of two: \(Self.words(response))")
                return
            }
            names += page.objects.map { String($0.key.dropFirst((store.keyPrefix + folder).count)) }
            pageSizes.append(page.objects.count)
            next = page.next.map { ListToken(lastKey: "", next: $0) }
        } while next != nil && pageSizes.count <= Self.namesInOrder.count
        let isComplete = names.sorted() == Self.namesInOrder.sorted()
        try await askOrder(names)
        record(
            .listPaging, isComplete && pageSizes.allSatisfy { $0 <= 2 } ? .yes : isComplete ? .ignored : .no,
            "pages of two have \(pageSizes.map(String.init).joined(separator: ", "))")
    }

    /// - Parameter flat: what was stored as `namesInOrder`, as it was listed.
    private mutating func askOrder(_ flat: [String]) async throws(ObjectStoreError) {
        let names = ["vault/0a/1", "vault/0a/2", "vault/0b/1", "vault/f-1", "vault/f-2"]
        for name in names.reversed() { _ = try await put(name, Array("listed".utf8)) }
        do throws(ObjectStoreError) {
            let listed = try await store.listAll(prefix: folder + "vault/").map(\.key.rawValue)
            let isInOrder = listed == names.map { folder + $0 } && flat == Self.namesInOrder
            record(.listOrder, isInOrder ? .yes : .no, isInOrder ? "by the names' bytes" : "another one")
        } catch  where error.code == .malformedAnswer {
            record(.listOrder, .no, error.reason)
        }
    }

    mutating func askRange(of bytes: [UInt8]) async throws(ObjectStoreError) {
        let response = try await session.attempt(
            operation(.get, "object", headers: [("range", "bytes=3-6")]))
        let isPart = response.isSuccess && response.body.array == Array(bytes[3...6])
        let isWhole = response.isSuccess && response.body.array == bytes
        let status = "\(response.status) with \(isPart ? "the part" : isWhole ? "the whole" : "other bytes")"
        record(.rangeReads, isPart ? .yes : isWhole ? .ignored : .no, status)
    }

    mutating func askConditionalPut() async throws(ObjectStoreError) {
        let first = Array("first".utf8)
        _ = try await put("conditional", first)
        let response = try await put("conditional", Array("second".utf8), headers: [("if-none-match", "*")])
        let isKept = try await get("conditional") == first
        switch (response.isSuccess, response.status, isKept) {
        case (true, _, true): record(.conditionalPut, .ignored, "said 200, and stored nothing")
        case (true, _, false): record(.conditionalPut, .ignored, "the object was replaced")
        case (false, 412, true), (false, 409, true): record(.conditionalPut, .yes, Self.words(response))
        default: record(.conditionalPut, .unsupported, Self.words(response))
        }
    }

    mutating func askStorageClasses() async throws(ObjectStoreError) {
        var classes = [
            "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
        ]
        if let own = store.configuration.storageClass?.storageClass, !classes.contains(own) {
            classes.append(own)
        }
        let bytes = Array("class".utf8)
        var said: [String] = []
        var isAnyKept = false
        var isAnyTaken = false
        for name in classes {
            let object = "class-\(name.lowercased())"
            let response = try await put(object, bytes, headers: [("x-amz-storage-class", name)])
            guard response.isSuccess else { continue }
            isAnyTaken = true
            guard ObjectDetails(try await head(object).headers).storageClass == name else { continue }
            isAnyKept = true
            let isReadable = try await get(object) != nil
            said.append(isReadable ? name : "\(name) (cold)")
        }
        record(
            .storageClasses, isAnyKept ? .yes : isAnyTaken ? .ignored : .unsupported,
            said.joined(separator: " "))
    }
}
