internal import Backup
internal import Foundation

/// Runs this program again to read what cameras wrote: pictures can be made to attack who reads them.
///
/// The process inherits no environment, so no secret in it, and no open file but its pipes; it limits its own time and memory.
/// One that ends before it has answered is started again for each picture alone, so that one picture hides no other.
enum ExifProcess {
    /// Of an answer: each picture's takes less than 300.
    private static let maximumByteCount = 1 << 16

    static func facts(of pictures: [[UInt8]]) async throws -> [PictureFacts] {
        try Task.checkCancellation()
        if let facts = await answer(to: pictures) { return facts }
        guard pictures.count > 1 else { return pictures.map { _ in PictureFacts() } }
        var facts: [PictureFacts] = []
        for picture in pictures { facts += try await self.facts(of: [picture]) }
        return facts
    }

    /// nil where it has not answered as it should.
    private static func answer(to pictures: [[UInt8]]) async -> [PictureFacts]? {
        let question = pictures.reduce(into: Data()) { question, picture in
            withUnsafeBytes(of: UInt32(picture.count).bigEndian) { question.append(contentsOf: $0) }
            question.append(contentsOf: picture)
        }
        let answer = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: exchange(question)) }.start()
        }
        guard let answer,
            let facts = try? JSONDecoder().decode([Answer].self, from: answer), facts.count == pictures.count
        else { return nil }
        return facts.map { PictureFacts(taken: $0.taken, camera: $0.camera) }
    }

    /// What the process answers; nil where it did not end as it should. Blocks.
    private static func exchange(_ question: Data) -> Data? {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/proc/self/exe")
        process.arguments = [ReadExifCommand.name]
        process.environment = [:]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        // It answers when it has read everything.
        try? input.fileHandleForWriting.write(contentsOf: question)
        try? input.fileHandleForWriting.close()
        let answer = try? output.fileHandleForReading.read(upToCount: maximumByteCount)
        // One that has more to say is stopped by the closed pipe.
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
        return process.terminationReason == .exit && process.terminationStatus == 0 ? answer : nil
    }

    struct Answer: Codable {
        let taken: Int64?
        let camera: String?
    }
}
