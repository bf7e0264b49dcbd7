import Foundation
import Testing

@testable import Dashboard

@Suite struct PageTests {
    private static let model: DashboardModel = {
        var model = DashboardModel(time: 1_800_000_000, vault: "00ff")
        model.replicas = ["a", "b", "c"].map { DashboardModel.Replica(name: $0) }
        model.collections = [
            DashboardModel.Collection(
                name: "Weddings", fileCount: 1204, byteCount: 5_000_000_000, newest: 1_799_999_000,
                snapshotCount: 3, unreadableCount: 0)
        ]
        model.sources = [
            DashboardModel.Source(
                collection: "Weddings", label: "2026", fileCounts: [0, 0, 0, 1204], byteCount: 5_000_000_000)
        ]
        return model
    }()

    @Test func itIsSaidWhoseDatesAreThoseOfTheirLastChange() {
        var model = Self.model
        model.days = [DashboardModel.Day(number: 20_000, fileCount: 5, lowestPlaceCount: 3)]
        func html() -> String { OverviewPage(model, place: .file(policy: "")).page.html }
        #expect(!html().contains("last change"))
        model.undatedFileCount = 2
        #expect(html().contains("The dates of 2 files are those of their last change."))
    }

    enum Change: CaseIterable, Sendable {
        case nothing, damaged, drillFailed, empty, oneDown, refusing, announced, allDown, behind, lost,
            runFailed, runBehind,
            unstored
        case unreadable, away

        var expected: (level: Verdict.Level, beginning: String) {
            switch self {
            case .nothing: (.well, "All is well: 1,204 files on all 3 replicas.")
            case .damaged: (.danger, "Something that was stored is lost or altered at b and c:")
            case .drillFailed: (.danger, "In the last drill, not everything came back from a:")
            case .empty: (.attention, "Nothing is stored yet:")
            case .oneDown: (.attention, "b does not answer.")
            case .refusing: (.attention, "b cannot be used:")
            case .announced: (.danger, "c: a lifecycle rule of the bucket will delete packs/1.")
            case .allDown: (.danger, "No replica answers:")
            case .behind: (.attention, "b lacks something that others have;")
            case .lost: (.danger, "2 files may be whole on no replica:")
            case .runFailed: (.attention, "The last run, backup of 2027-01-15 08:00 UTC, did not do its work")
            case .runBehind: (.well, "All is well:")
            case .unstored: (.attention, "Nothing of phone in Weddings is stored yet.")
            case .unreadable: (.attention, "1 file could not be read by the last backup")
            case .away: (.well, "All is well: 1,204 files on 2 replicas; c is away, as expected.")
            }
        }

        func apply(to model: inout DashboardModel) {
            switch self {
            case .nothing: break
            case .damaged:
                model.replicas[1].damageCount = 1
                model.replicas[2].damageCount = 7
                // Worse than what else there is.
                model.replicas[0].isReachable = false
            case .drillFailed:
                model.drill = DashboardModel.Drill(time: 0, fileCount: 3, proved: ["b"], failed: ["a"])
            case .empty: model.collections = []
            case .oneDown: model.replicas[1].isReachable = false
            case .refusing:
                model.replicas[1].isReachable = false
                model.replicas[1].isRefusing = true
            case .announced:
                model.replicas[2].announcement = "a lifecycle rule of the bucket will delete packs/1"
            case .allDown: for place in 0..<3 { model.replicas[place].isReachable = false }
            case .behind: model.replicas[1].missingCount = 4
            case .lost: model.sources[0].fileCounts = [2, 0, 0, 1202]
            case .runFailed: model.runs = [Self.run(exitCode: 1)]
            case .runBehind: model.runs = [Self.run(exitCode: 4)]
            case .unstored:
                model.sources.append(
                    DashboardModel.Source(
                        collection: "Weddings", label: "phone", fileCounts: [], byteCount: 0))
            case .unreadable: model.collections[0].unreadableCount = 1
            case .away:
                model.replicas[2].isReachable = false
                model.replicas[2].isAway = true
            }
        }

        private static func run(exitCode: Int32) -> DashboardModel.Run {
            DashboardModel.Run(
                command: "backup", started: 1_800_000_000, ended: 1_800_000_007, exitCode: exitCode)
        }
    }

    @Test(arguments: Change.allCases) func oneSentenceSaysWhetherAllIsWell(_ change: Change) {
        var model = Self.model
        change.apply(to: &model)
        let verdict = Verdict(model)
        #expect(verdict.level == change.expected.level)
        #expect(verdict.sentence.hasPrefix(change.expected.beginning), "\(verdict.sentence)")
    }

    @Test func noNameBecomesMarkup() {
        let hostile = "<img src=x onerror=alert(1)>\"'"
        var model = Self.model
        model.replicas[0].name = hostile
        model.replicas[0].reason = hostile
        model.replicas[0].announcement = hostile
        model.collections[0].name = hostile
        model.sources[0].label = hostile
        model.runs = [DashboardModel.Run(command: hostile, started: 0, ended: 1, exitCode: 0)]
        model.shares = [
            DashboardModel.Share(title: hostile, collection: hostile, person: hostile, created: 0, ends: 1)
        ]
        var sheet = ContactSheet(snapshot: "s", collection: hostile, time: 0)
        sheet.items = [ContactSheet.Item(name: hostile, path: "cA", kind: .folder)]
        sheet.steps = [ContactSheet.Step(name: hostile, path: "cA")]
        let row = SnapshotsPage.Row(
            id: "s", collection: hostile, time: 0, host: hostile, fileCount: 1, byteCount: 1, tags: [hostile],
            isCheckpoint: false)
        let restore = RestorePage(
            collection: hostile, destination: hostile, files: 0, bytes: 0, state: .failed(hostile),
            notices: [hostile])
        for html in [
            OverviewPage(model, place: .overview, formToken: "t").page.html, sheet.page.html,
            SnapshotsPage([row]).page.html, restore.page.html, WebPage.message(hostile, hostile).html,
        ] {
            #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;"))
            #expect(!html.contains("<img src=x"))
            #expect(!html.contains("<script"))
        }
    }

    @Test func aFileOfItsOwnHasNeitherLinksNorForms() {
        let html = OverviewPage(Self.model, place: .file(policy: "default-src 'none'")).page.html
        #expect(html.contains("content=\"default-src &#39;none&#39;\""))
        for tag in ["<a ", "<form", "<input", "<button", "<img", "<link"] { #expect(!html.contains(tag)) }
    }

    @Test func aRestoreThatGoesOnIsAskedForAgain() {
        func html(_ state: RestorePage.State) -> String {
            RestorePage(collection: "c", destination: "/d", files: 0, bytes: 0, state: state, notices: [])
                .page.html
        }
        #expect(html(.running).contains("http-equiv=\"refresh\""))
        #expect(
            !html(.ended(restored: 1, skipped: 0, failed: 0, conflicts: 0)).contains("http-equiv=\"refresh\"")
        )
    }

    /// WCAG 2.2, 1.4.3: 4.5 to 1 for text. Source of the formula: its definition of relative luminance.
    @Test(arguments: ["--text", "--soft", "--accent", "--well", "--attention", "--danger"], [0, 1])
    func textStandsOutFromItsGround(name: String, scheme: Int) throws {
        let block = StyleSheet.text.components(separatedBy: ":root {")[scheme + 1]
        func luminance(_ name: String) throws -> Double {
            var digits = try #require(block.components(separatedBy: "\(name): #").dropFirst().first).prefix {
                $0.isHexDigit
            }.map(String.init)
            if digits.count == 3 {
                digits = digits.map { $0 + $0 }
            } else {
                digits = stride(from: 0, to: 6, by: 2).map { digits[$0] + digits[$0 + 1] }
            }
            let parts = digits.map { Double(Int($0, radix: 16) ?? 0) / 255 }.map {
                $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        }
        for ground in ["--page", "--card"] {
            let pair = [try luminance(name), try luminance(ground)].sorted()
            #expect((pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, "\(name) on \(ground)")
        }
    }
}
