internal import Crypto
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// What can be asked of a directory: how it stores and lists, its clock, and whether anything protects it.
extension DirectoryStore: ProbedStore {
    public func probe() async throws(ObjectStoreError) -> ProbeReport {
        let folder = "\(Self.probePrefix)\(randomBytes(8).hex)/"
        var answers: [ProbeAnswer] = []
        let names = ["a-b", "a.b", "a/b", "a0", "ab", "b"].map { ObjectKey(folder + $0)! }
        let object = names[0]
        for name in names.reversed() { try await put(name, Array("first".utf8)) }

        let modified = try await head(object).modified
        answers.append(ProbeAnswer(.clock, .unknown, "its clock is \(modified - Int64(time(nil))) s ahead"))

        let listed = try await listAll(prefix: folder).map(\.key)
        answers.append(ProbeAnswer(.listOrder, listed == names ? .yes : .no, "by the names' bytes"))

        let part = try await get(object, range: 1..<3, maximumByteCount: 2).array
        answers.append(ProbeAnswer(.rangeReads, part == Array("ir".utf8) ? .yes : .no))

        try await put(object, Array("second".utf8))
        let isReplaced = try await get(object, maximumByteCount: 16).array == Array("second".utf8)
        answers.append(ProbeAnswer(.overwrite, isReplaced ? .yes : .no))

        var left: [ProbeReport.LeftObject] = []
        for name in try await listAll(prefix: Self.probePrefix).map(\.key) {
            do throws(ObjectStoreError) {
                try await delete(name)
            } catch {
                left.append(ProbeReport.LeftObject(name: name.rawValue, reason: error.reason))
            }
        }
        try await removeEmptyFolders(of: folder)
        answers.append(ProbeAnswer(.deletes, left.isEmpty ? .yes : .no, "this user may delete"))
        answers.append(ProbeAnswer(.versioning, .no, "what is overwritten is gone"))
        answers.append(
            ProbeAnswer(.protects, .no, "whoever may write to the directory can overwrite and delete"))
        return ProbeReport(answers: answers, leftBehind: left)
    }

    /// A bucket has no folders; here they stay when the last object is gone.
    private func removeEmptyFolders(of folder: String) async throws(ObjectStoreError) {
        try await run(folder) { root throws(Errno) in
            for below in [folder + "a", folder, Self.probePrefix] { rmdir(root.appending(below).string) }
        }
    }
}
