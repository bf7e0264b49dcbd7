internal import ObjectStore

/// Deletes what this probe and earlier ones have made: every version, where there are versions.
struct ProbeCleanup {
    let session: S3Session
    let keyPrefix: String

    /// What could not be deleted, and why.
    func run() async -> [ProbeReport.LeftObject] {
        var reasons: [String: String] = [:]
        for version in await versions() ?? [] { await delete(version, &reasons) }
        // Where versions cannot be listed, or there are none.
        for name in await names() { await delete(ObjectVersions.Version(key: name), &reasons) }
        var left = Set(await names())
        if let versions = await versions() {
            left = Set(versions.filter { !$0.isDeleteMarker }.map(\.key)).union(left)
        }
        return left.sorted().map { name in
            ProbeReport.LeftObject(
                name: String(name.dropFirst(keyPrefix.count)),
                reason: reasons[name] ?? "it is there still")
        }
    }

    private func delete(_ version: ObjectVersions.Version, _ reasons: inout [String: String]) async {
        var operation = S3Operation(method: .delete, key: version.key, object: version.key)
        if let id = version.id { operation.query = [("versionId", id)] }
        do throws(ObjectStoreError) {
            let response = try await session.attempt(operation)
            if !response.isSuccess { reasons[version.key] = S3Probe.words(response) }
        } catch {
            reasons[version.key] = error.reason
        }
    }

    private func list(_ query: [(name: String, value: String)]) async -> HTTPResponse? {
        var operation = S3Operation(method: .get, key: "", object: S3Store.probePrefix)
        operation.query = query + [("prefix", keyPrefix + S3Store.probePrefix)]
        operation.maximumByteCount = S3Store.listByteLimit
        let response = try? await session.attempt(operation)
        return response?.isSuccess == true ? response : nil
    }

    private func names() async -> [String] {
        let answer = await list([("list-type", "2")])?.body.withUnsafeBytes { try? ListAnswer.read($0) }
        return answer?.objects.map(\.key) ?? []
    }

    private func versions() async -> [ObjectVersions.Version]? {
        await list([("versions", "")])?.body.withUnsafeBytes { try? ObjectVersions.read($0).versions }
    }
}
