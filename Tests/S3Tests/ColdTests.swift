import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// What has to be asked for before it can be read goes by many names.
@Suite struct ColdTests {
    private let pack = ObjectKey("packs/aa/1")!
    private static let object = [
        ("ETag", "\"e\""), ("Last-Modified", ScriptedStore.date), ("x-amz-request-id", "1"),
    ]

    @Test(
        arguments: [
            ([("x-amz-storage-class", "GLACIER")], .cold),
            ([("x-amz-archive-status", "ARCHIVE_ACCESS")], .cold),
            (
                [
                    ("x-amz-archive-status", "DEEP_ARCHIVE_ACCESS"),
                    ("x-amz-restore", "ongoing-request=\"true\""),
                ],
                .returning
            ),
            (
                [
                    ("x-amz-storage-class", "GLACIER"),
                    (
                        "x-amz-restore",
                        "ongoing-request=\"false\", expiry-date=\"Fri, 15 Jan 2027 08:00:00 GMT\""
                    ),
                ], .readable
            ),
            ([("x-amz-storage-class", "INTELLIGENT_TIERING")], .readable), ([], .readable),
        ] as [([(String, String)], ObjectDetails.Availability)])
    func theHeadersTell(_ headers: [(String, String)], _ expected: ObjectDetails.Availability) async throws {
        let scripted = try ScriptedStore([.answer(200, headers: Self.object + headers, body: "x")])
        #expect(try await scripted.store.details(pack).availability == expected)
        #expect(try await scripted.store.availability(pack) == expected)
    }

    @Test(arguments: ["InvalidObjectState", "ObjectArchived"])
    func aReadThatIsRefusedTellsWhereNoHeaderDoes(_ code: String) async throws {
        let server = try ScriptedServer { _, request in
            request.method == "GET" ? .error(403, code) : .answer(200, headers: Self.object)
        }
        #expect(try await ScriptedStore(server).store.availability(pack) == .cold)
    }

    @Test func whatIntelligentTieringHasArchivedIsAskedForWithoutDays() async throws {
        let server = try ScriptedServer { index, _ in
            index == 0
                ? .error(
                    400, "InvalidArgument",
                    "<Message>Do not specify Days when restoring INTELLIGENT_TIERING objects</Message>")
                : .answer(202)
        }
        try await ScriptedStore(server).store.requestRestore(pack, days: 7)
        #expect(
            server.requests.map { String(decoding: $0.body, as: UTF8.self).contains("<Days>") } == [
                true, false,
            ])
    }
}
