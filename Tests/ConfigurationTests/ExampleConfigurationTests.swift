import Configuration
import Foundation
import Testing

/// The annotated example is one that the program takes, as it is and with everything in it that is only shown.
@Suite struct ExampleConfigurationTests {
    private let text: String

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "packaging/config.example.toml")
        text = try String(contentsOf: file, encoding: .utf8)
    }

    @Test func isTakenAsItIs() throws {
        let configuration = try parse(text)
        #expect(configuration.providers.map(\.name) == ["backblaze", "wasabi", "shelf"])
        #expect(configuration.collections.map(\.name) == ["Weddings"])
        #expect(configuration.unattended.retention?.daily == 14)
        #expect(configuration.share == nil)
    }

    @Test func everyLineThatIsOnlyShownIsTaken() throws {
        let example = /# ([a-z_]+ = |\[[a-z]+\])/
        let whole = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.prefixMatch(of: example) == nil ? $0 : $0.dropFirst(2) }.joined(separator: "\n")
        let configuration = try parse(whole)
        #expect(configuration.share?.url == "https://photos.example.org")
        #expect(configuration.unattended.schedule.rereadDays == 90)
        guard case .s3(let s3) = configuration.providers[0].kind else {
            Issue.record("no bucket")
            return
        }
        #expect(s3.lockDays == 30 && s3.shareProfile == "backblaze-links")
    }
}
