import Foundation
import Testing

@testable import Backup
@testable import Vault

@Suite struct FileInProgressTests {
    let scratch: ScratchFolder
    let target: RestoreTarget

    init() throws {
        scratch = try ScratchFolder()
        target = try RestoreTarget(destination: scratch("to"))
    }

    func file(_ size: UInt64) -> Entry {
        var entry = Entry.file("file")
        entry.size = size
        return entry
    }

    static let piece = 64 << 10

    /// Content with zeros in some places, cut at places of its own and written in any order.
    @Test(arguments: [0, 1, piece - 1, piece, piece + 1, 2 * piece, 5 * piece + 77, 16 * piece])
    func comesBackByteForByte(size: Int) throws {
        var random = SplitMix(state: UInt64(size))
        for _ in 0..<8 {
            var content = [UInt8](repeating: 0, count: size)
            for _ in 0..<Int.random(in: 0...4, using: &random) where size > 0 {
                let start = Int.random(in: 0..<size, using: &random)
                let count = min(
                    size - start, [1, 9, Self.piece, Self.piece + 1].randomElement(using: &random)!)
                for index in start..<(start + count) { content[index] = .random(in: 1...255, using: &random) }
            }
            var cuts = [0, size]
            for _ in 0..<5 { cuts.append(Int.random(in: 0...size, using: &random)) }
            cuts.sort()
            let file = try target.beginFile(file(UInt64(size)))
            for (start, end) in zip(cuts, cuts.dropFirst()).shuffled(using: &random) {
                try content.withUnsafeBytes {
                    try file.write(UnsafeRawBufferPointer(rebasing: $0[start..<end]), at: UInt64(start))
                }
            }
            #expect(try file.finish(replacing: true).isEmpty)
            let restored = try Data(contentsOf: URL(fileURLWithPath: scratch("to/file")))
            #expect(Array(restored) == content)
        }
    }

    /// Large pieces in aligned memory go past the page cache, with odd ends and neighbours that go through it.
    @Test(arguments: [(4 << 20) + 99, 5 << 20, (6 << 20) - 4095, (9 << 20) + 77])
    func largePiecesComeBackByteForByte(size: Int) throws {
        let content = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { content.deallocate() }
        content.copyBytes(from: noise(size, seed: UInt64(size)))
        content[(2 << 20)..<(3 << 20)].initializeMemory(as: UInt8.self, repeating: 0)
        for cuts in [[0, 4 << 20, size], [0, 4096, (4 << 20) + 5, size], [0, 1, size]] {
            let file = try target.beginFile(file(UInt64(size)))
            for (start, end) in zip(cuts, cuts.dropFirst()).reversed() {
                try file.write(UnsafeRawBufferPointer(rebasing: content[start..<end]), at: UInt64(start))
            }
            #expect(try file.finish(replacing: true).isEmpty)
            let restored = try Data(contentsOf: URL(fileURLWithPath: scratch("to/file")))
            #expect(restored.elementsEqual(content))
        }
    }

    @Test func whatIsNotAlignedIsNotWrittenPastTheCache() throws {
        let folder = try DirectoryHandle(path: scratch("to"))
        let name = TemporaryName(in: folder)
        let path = scratch("to/" + String(decoding: name.name, as: UTF8.self))
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        // A file system that knows no such writing takes nothing, and everything goes through the cache.
        guard let file = DirectFile(name) else { return }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 20_000, alignment: 4096)
        defer { memory.deallocate() }
        memory.copyBytes(from: noise(20_000, seed: 1))
        let bytes = UnsafeRawBufferPointer(memory)
        #expect(file.write(bytes, at: 1) == 0)
        #expect(file.write(UnsafeRawBufferPointer(rebasing: bytes[1...]), at: 0) == 0)
        #expect(file.write(UnsafeRawBufferPointer(rebasing: bytes[..<4095]), at: 0) == 0)
        #expect(file.write(bytes, at: 4096) == 16_384)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: path)).dropFirst(4096).elementsEqual(bytes[..<16_384]))
    }

    @Test func manyThreadsWriteOneFile() throws {
        let part = 3 * Self.piece + 5
        let file = try target.beginFile(file(UInt64(part * 16)))
        DispatchQueue.concurrentPerform(iterations: 16) { index in
            let bytes = [UInt8](repeating: UInt8(index), count: part)
            bytes.withUnsafeBytes { bytes in
                #expect(throws: Never.self) { try file.write(bytes, at: UInt64(index * part)) }
            }
        }
        _ = try file.finish(replacing: false)
        let expected = (0..<16).flatMap { [UInt8](repeating: $0, count: part) }
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: scratch("to/file")))) == expected)
    }

    @Test func aSparseFileIsSparseAgain() throws {
        let size: UInt64 = 1 << 30
        let chunk = 4 << 20
        var bytes = [UInt8](repeating: 0, count: chunk)
        let file = try target.beginFile(file(size))
        for offset in stride(from: UInt64(0), to: size, by: chunk) {
            bytes[chunk / 2] = offset == 512 << 20 ? 1 : 0
            try bytes.withUnsafeBytes { try file.write($0, at: offset) }
        }
        _ = try file.finish(replacing: false)
        var raw = stat()
        try checked { lstat(scratch("to/file"), &raw) }
        #expect(UInt64(raw.st_size) == size)
        // One piece, and what the file system needs to find it.
        #expect(raw.st_blocks * 512 < 1 << 20)
    }

    // MARK: what is not whole

    @Test func aFileThatIsNotWholeIsNotFinished() throws {
        let file = try target.beginFile(file(10))
        try [UInt8](repeating: 1, count: 9).withUnsafeBytes { try file.write($0, at: 0) }
        #expect(try code { _ = try file.finish(replacing: true) } == .damaged)
        #expect(try scratch.names(in: "to").isEmpty)
    }

    @Test(arguments: [0, 8, 10, 11, .max] as [UInt64])
    func nothingIsWrittenPastTheEnd(offset: UInt64) throws {
        let file = try target.beginFile(file(10))
        let count = offset < 10 ? 11 - Int(offset) : 1
        let outcome = try code {
            try [UInt8](repeating: 1, count: count).withUnsafeBytes { try file.write($0, at: offset) }
        }
        #expect(outcome == .damaged)
    }

    @Test func nobodySeesTheFileBeforeItIsFinished() throws {
        let file = try target.beginFile(file(0))
        let names = try scratch.names(in: "to")
        #expect(names.count == 1)
        #expect(names[0].wholeMatch(of: /\.photobackup-[0-9a-f]{16}\.partial/) != nil)
        #expect(try FileStatus(at: scratch("to/\(names[0])")).mode == 0o600)
        _ = try file.finish(replacing: false)
        #expect(try scratch.names(in: "to") == ["file"])
    }

    @Test func discardingLeavesNothing() throws {
        let file = try target.beginFile(file(3))
        try Array("abc".utf8).withUnsafeBytes { try file.write($0, at: 0) }
        file.discard()
        #expect(try scratch.names(in: "to").isEmpty)
        #expect(try code { _ = try file.finish(replacing: false) } == .system)
        #expect(try scratch.names(in: "to").isEmpty)
    }

    @Test func lettingGoLeavesNothingAndAFinishedFileStays() throws {
        var first: FileInProgress? = try target.beginFile(file(3))
        #expect(try scratch.names(in: "to").count == 1)
        first = nil
        #expect(first == nil)
        #expect(try scratch.names(in: "to").isEmpty)

        var second: FileInProgress? = try target.beginFile(file(0))
        _ = try second?.finish(replacing: false)
        second?.discard()
        second = nil
        #expect(try scratch.names(in: "to") == ["file"])
    }

    @Test func anImpossibleSizeIsAnErrorThatLeavesNothing() throws {
        #expect(try code { _ = try target.beginFile(file(.max)) } == .system)
        #expect(try code { _ = try target.beginFile(file(UInt64(Int64.max))) } == .system)
        #expect(try scratch.names(in: "to").isEmpty)
    }

    // MARK: a full disk

    @Test(.enabled(if: SmallDisk.isPossible, "only root in a container that may mount has a disk to fill"))
    func aFullDiskIsToldAndNothingHalfWrittenIsLeft() throws {
        let scratch = scratch
        try SmallDisk.with(byteCount: 1 << 20, at: scratch.path) {
            let target = try RestoreTarget(destination: scratch("full"))
            var entry = Entry.file("file")
            entry.size = 8 << 20
            var failure: RestoreError?
            do throws(RestoreError) {
                let file = try target.beginFile(entry)
                let bytes = [UInt8](repeating: 1, count: 256 << 10)
                for offset in stride(from: UInt64(0), to: entry.size, by: bytes.count) {
                    try bytes.withUnsafeBufferPointer { (bytes) throws(RestoreError) in
                        try file.write(UnsafeRawBufferPointer(bytes), at: offset)
                    }
                }
            } catch {
                failure = error
            }
            #expect(failure?.code == .outOfSpace)
            #expect(failure?.hint != nil)
            #expect(try scratch.names(in: "full").isEmpty)
            // The room is free again.
            try target.restore(String(repeating: "x", count: 512 << 10), as: .file("small"))
        }
    }
}
