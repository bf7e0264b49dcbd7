internal import Backup

/// Reads what cameras wrote into pictures in processes of their own: pictures can be made to attack who reads them.
struct ExifProcess {
    /// Of an answer: each picture's takes less than a thousand.
    private static let maximumByteCount = 1 << 16

    var child = ChildProcess(arguments: [ReadExifCommand.name], maximumByteCount: maximumByteCount)

    /// What was written into each picture; nothing where it cannot be found out.
    ///
    /// A process that does not answer is started again for each half of its pictures, so that one picture hides no other.
    ///
    /// - Throws: `CancellationError`.
    func facts(of pictures: [[UInt8]]) async throws -> [PictureFacts] {
        try Task.checkCancellation()
        if let facts = try await answer(to: pictures) { return facts }
        guard pictures.count > 1 else { return pictures.map { _ in PictureFacts() } }
        let half = pictures.count / 2
        return try await facts(of: Array(pictures[..<half])) + facts(of: Array(pictures[half...]))
    }

    /// nil where the process has not answered as it should.
    private func answer(to pictures: [[UInt8]]) async throws -> [PictureFacts]? {
        do {
            let answer = ExifAnswer(try await child.answer(to: ExifQuestion(pictures).bytes))
            guard let answer, answer.pictures.count == pictures.count else { return nil }
            return answer.pictures.map { PictureFacts(taken: $0.taken, camera: $0.camera) }
        } catch is ChildProcessError {
            return nil
        }
    }
}
