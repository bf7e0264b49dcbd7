import Foundation
import PictureTesting
import ProgramTesting
import SoakTesting
import Testing

@testable import Backup
@testable import photobackup

/// 2,000 odd and damaged pictures, and whole ones among them, in the processes of the built program.
@Suite struct OddPicturesTests {
    private static let count = 2_000
    /// As many as `find` gives a process.
    private static let atOnce = 32

    private static let pictures: [OddPictures.Picture] = {
        var odd = OddPictures(seed: Soak.seed, others: realOnes)
        return odd.pictures(count)
    }()

    /// Small ones of the folder beside the project, where it is there.
    private static let realOnes: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/photos/samples")
        let names = FileManager.default.subpaths(atPath: folder.path())?.sorted() ?? []
        return names.compactMap { try? Array(Data(contentsOf: folder.appending(path: $0))) }
            .filter { (1_000...30_000).contains($0.count) }
    }()

    /// Every process answers, and what it answers of a whole picture is right whatever lies beside it.
    @Test(.timeLimit(.minutes(2))) func whatCamerasWroteIsRead() async throws {
        try await withThrowingTaskGroup { group in
            for start in stride(from: 0, to: Self.count, by: Self.atOnce) {
                let batch = Self.pictures[start..<min(start + Self.atOnce, Self.count)]
                group.addTask { try await Self.expectFacts(of: batch) }
            }
            try await group.waitForAll()
        }
    }

    private static func expectFacts(of batch: ArraySlice<OddPictures.Picture>) async throws {
        var process = ExifProcess()
        process.child.program = RunningProgram.path
        let answer = try await process.child.answer(to: ExifQuestion(batch.map(\.bytes)).bytes)
        let read = try #require(ExifAnswer(answer)).pictures
        try #require(read.count == batch.count)
        for (picture, facts) in zip(batch, read) {
            #expect((facts.camera ?? "").utf8.count <= 260, "\(picture.kind)")
            guard let camera = picture.camera else { continue }
            #expect(facts.camera == camera && facts.taken == OddPictures.taken, "\(picture.kind)")
        }
    }

    /// A process makes a preview or says that it makes none: no limit has to end it, and no fault does.
    @Test(.timeLimit(.minutes(10))) func previewsAreMadeOrNot() async throws {
        let some = Self.pictures.prefix(Soak.count("PICTURES", default: 150))
        let outcomes = try await withThrowingTaskGroup(of: (OddPictures.Picture, PreviewAnswer?).self) {
            group in
            for picture in some { group.addTask { (picture, try await Self.preview(of: picture)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (picture, preview) in outcomes where picture.hasPicture {
            #expect(preview?.width == 32 && preview?.height == 16, "\(picture.kind)")
        }
        let made = outcomes.count { $0.1 != nil }
        #expect(made > some.count / 8 && made < some.count, "\(made)")
    }

    private static func preview(of picture: OddPictures.Picture) async throws -> PreviewAnswer? {
        var process = PreviewProcess()
        process.child.program = RunningProgram.path
        do {
            let answer = try await process.child.answer(to: picture.bytes)
            let preview: PreviewAnswer = try #require(PreviewAnswer(answer), "\(picture.kind)")
            return preview
        } catch let error as ChildProcessError {
            #expect(error == .exitCode(1), "\(picture.kind)")
            return nil
        }
    }
}
