import Foundation
import Testing

@testable import Backup
@testable import Vault

@Suite struct SourceRootTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    func failure(_ roots: SourceRoot...) -> SourceError? {
        do throws(SourceError) {
            _ = try TreeWalk(roots: roots)
            return nil
        } catch {
            return error
        }
    }

    func source(_ below: String, label: String? = nil) -> SourceRoot {
        SourceRoot(path: scratch(below), label: label.map { Array($0.utf8) })
    }

    @Test func severalRootsComeSortedByTheirNames() throws {
        for name in ["b/file", "a/file", "c/file"] { try scratch.write(to: name) }
        var walk = try TreeWalk(roots: [source("b"), source("c", label: "A"), source("a/")])
        var events: [WalkEvent] = []
        while let event = try walk.next() { events.append(event) }
        #expect(told(events).items == ["A", "A/file", "a", "a/file", "b", "b/file"])
    }

    @Test func aSingleFileIsAnItem() throws {
        try scratch.write("four", to: "card/a.jpg")
        let events = try walk(scratch("card/a.jpg"), label: "b.jpg")
        #expect(told(events).items == ["b.jpg"])
        let item = try #require(events[0].item)
        #expect(try item.openFile().status().size == 4)
    }

    @Test(arguments: ["a.jpg", "nowhere", "itself"])
    func aSingleLinkIsAnItemUnlessItLeadsToAFolder(target: String) throws {
        try scratch.write(to: "a.jpg")
        try scratch.link("itself", to: "itself")
        try scratch.link("link", to: target)
        let item = try #require(try walk(scratch("link"))[0].item)
        #expect(item.status.kind == .symbolicLink)
        #expect(try item.parent.linkTarget(of: item.name) == Array(target.utf8))
    }

    @Test(arguments: ["none", "none/below", "file/below"])
    func aMissingRootIsAnError(path: String) throws {
        try scratch.write(to: "file")
        let failure = failure(source(path))
        #expect(failure?.code == .notFound)
        #expect(failure?.hint == "is the disk mounted?")
        #expect(failure?.source == scratch(path))
    }

    @Test func anEmptyRootIsAnErrorAndAllExcludedIsNot() throws {
        try scratch.makeFolder("empty")
        #expect(failure(source("empty"))?.code == .empty)
        #expect(failure(source("empty"))?.hint == "is the disk mounted?")
        try scratch.write(to: "full/a.tmp")
        #expect(told(try walk(scratch("full"), excluding: ["*.tmp"])).items == ["full"])
    }

    @Test func aRootThatMayNotBeReadIsAnError() throws {
        let scratch = scratch
        try checked { chmod(scratch.path, 0o755) }
        try scratch.write(to: "closed/file")
        try checked { chmod(scratch("closed"), 0) }
        let code = try asNobody {
            do throws(SourceError) {
                _ = try TreeWalk(roots: [SourceRoot(path: scratch("closed"))])
                return SourceError.Code?.none
            } catch {
                return error.code
            }
        }
        try checked { chmod(scratch("closed"), 0o755) }
        #expect(code == .unreadable)
    }

    @Test func aPipeIsNoSource() throws {
        try checked { mkfifo(scratch("pipe"), 0o600) }
        #expect(failure(source("pipe"))?.code == .notBackedUp)
    }

    @Test func twoRootsOfOneNameNeedLabels() throws {
        try scratch.write(to: "1/DCIM/file")
        try scratch.write(to: "2/DCIM/file")
        #expect(failure(source("1/DCIM"), source("2/DCIM"))?.code == .name)
        #expect(failure(source("1/DCIM"), source("2/DCIM", label: "DCIM"))?.code == .name)
        #expect(failure(source("1/DCIM"), source("2/DCIM", label: "second card")) == nil)
    }

    @Test(arguments: ["", "a/b", "..", "."])
    func aLabelIsOneName(label: String) throws {
        try scratch.write(to: "root/file")
        #expect(failure(source("root", label: label))?.code == .name)
    }

    @Test func dotsStandForTheFolderTheyMean() throws {
        try scratch.write(to: "shoot/raw/file")
        #expect(told(try walk(scratch("shoot/raw/.."))).items == ["shoot", "shoot/raw", "shoot/raw/file"])
        #expect(told(try walk(scratch("shoot/raw/."))).items == ["raw", "raw/file"])
        #expect(failure(SourceRoot(path: "/"))?.code == .name)
        #expect(failure(SourceRoot(path: ""))?.code != nil)
    }
}
