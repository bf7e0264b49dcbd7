internal import CFuse
internal import Foundation
internal import Synchronization

/// What libfuse has to say, which it would write to standard error: the reason of what fails.
enum FuseLog {
    private static let last = Mutex("")

    /// From then on libfuse writes nothing itself.
    static func prepare() {
        fuse_set_log_func { _, format, arguments in
            guard let format, let arguments else { return }
            var text = [CChar](repeating: 0, count: 512)
            vsnprintf(&text, text.count, format, arguments)
            let line = String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            FuseLog.last.withLock { $0 = line }
        }
    }

    /// The last that was said, on one line.
    static func takeReason() -> String {
        let text = last.withLock { text in
            defer { text = "" }
            return text
        }
        let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        let said = line.hasPrefix("fuse: ") ? String(line.dropFirst("fuse: ".count)) : line
        return said.isEmpty ? "it gives no reason" : said
    }
}
