internal import Pictures

/// Makes previews, each in a process of its own.
struct PreviewProcess {
    /// A preview takes some 40 kB.
    private static let maximumByteCount = 1 << 20

    var child = ChildProcess(
        arguments: [ShareCommand.name, PreviewCommand.name], maximumByteCount: maximumByteCount)

    /// The preview of a picture; nil where none could be made, whatever the reason.
    ///
    /// - Throws: `CancellationError`.
    func preview(of picture: [UInt8]) async throws -> PreviewAnswer? {
        do {
            return PreviewAnswer(try await child.answer(to: picture))
        } catch is ChildProcessError {
            return nil
        }
    }
}

/// What the process answers: width and height of the original, the length of its caption, each as a number of 32 bits,
/// big-endian; the caption in UTF-8, and the preview.
struct PreviewAnswer {
    let width: Int
    let height: Int
    let caption: String
    let jpeg: [UInt8]

    private static let headByteCount = 12

    init(_ thumbnail: Thumbnail) {
        (width, height, jpeg) = (thumbnail.width, thumbnail.height, thumbnail.jpeg)
        caption = thumbnail.caption?.text ?? ""
    }

    /// nil for what the process does not answer: it is not to be believed.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > Self.headByteCount else { return nil }
        func number(_ index: Int) -> Int {
            bytes[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
        (width, height) = (number(0), number(1))
        let rest = bytes.dropFirst(Self.headByteCount)
        guard width > 0, height > 0, number(2) < rest.count,
            let caption = String(validating: rest.prefix(number(2)), as: UTF8.self)
        else { return nil }
        self.caption = caption
        jpeg = Array(rest.dropFirst(number(2)))
        guard jpeg.starts(with: [0xff, 0xd8]) else { return nil }
    }

    var bytes: [UInt8] {
        let caption = Array(caption.utf8)
        return [width, height, caption.count].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        } + caption + jpeg
    }
}
