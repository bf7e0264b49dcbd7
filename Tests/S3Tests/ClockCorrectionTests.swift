import ObjectStore
import ServerTesting
import Testing

@testable import S3

/// Whose time is signed: docs/decisions/0035-whose-time-is-signed.md.
@Suite struct ClockCorrectionTests {
    private let key = ObjectKey("packs/aa/1")!

    private func dates(after date: String, correctsWithoutTLS: Bool) async throws -> [String?] {
        let policy = correctsWithoutTLS ? RetryPolicy.correctingClocks : RetryPolicy()
        let server = try ScriptedServer { _, _ in
            .answer(
                403, headers: [("Date", date)], body: "<Error><Code>RequestTimeTooSkewed</Code></Error>")
        }
        let scripted = try ScriptedStore(server, policy: policy)
        let error = await failure { () throws(ObjectStoreError) in try await scripted.store.delete(key) }
        #expect(error?.code == .clockSkewed)
        #expect(error?.hint?.contains("clock") == true)
        return server.requests.map { $0["x-amz-date"] }
    }

    /// Who stands on the way would choose for when a request is signed, and send it again then.
    @Test func overPlainHTTPNoTimeIsTaken() async throws {
        let dates = try await dates(after: "Fri, 15 Jan 2027 09:00:00 GMT", correctsWithoutTLS: false)
        #expect(dates == ["20270115T080000Z"])
    }

    @Test func withinADayTheProvidersTimeIsTaken() async throws {
        let dates = try await dates(after: "Sat, 16 Jan 2027 08:00:00 GMT", correctsWithoutTLS: true)
        #expect(dates == ["20270115T080000Z", "20270116T080000Z"])
    }

    @Test(arguments: [
        "Sat, 16 Jan 2027 08:00:01 GMT", "Mon, 15 Feb 2027 08:00:00 GMT", "Thu, 14 Jan 2027 07:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT", "Mon, 01 Jan 1900 00:00:00 GMT",
    ])
    func beyondADayItIsNot(_ date: String) async throws {
        let dates = try await dates(after: date, correctsWithoutTLS: true)
        #expect(dates == ["20270115T080000Z"])
    }
}
