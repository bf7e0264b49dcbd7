internal import ArgumentParser
internal import Configuration
internal import Terminal
internal import Vault

extension EntryPath {
    /// A path inside a snapshot as people type it: leading `./` and slashes at either end do not matter.
    init(argument: String) throws {
        var text = argument[...]
        while text.hasPrefix("./") { text = text.dropFirst(2) }
        while text.hasPrefix("/") { text = text.dropFirst() }
        while text.hasSuffix("/") { text = text.dropLast() }
        guard let path = EntryPath(text.utf8) else {
            throw ValidationError("'\(singleLine(argument))' is no path inside a snapshot")
        }
        self = path
    }
}

/// Bytes a second as people type them: `10M`, `512KiB`.
struct ByteRate: ExpressibleByArgument {
    let byteCount: Int

    init?(argument: String) {
        guard let byteCount = Quantity.byteCount(argument), byteCount > 0 else { return nil }
        self.byteCount = byteCount
    }
}

/// Bytes that may be read as people type them: `20GB`, `512MiB`.
struct ByteBudget: ExpressibleByArgument {
    let byteCount: Int

    init?(argument: String) {
        guard let byteCount = Quantity.byteCount(argument), byteCount > 0 else { return nil }
        self.byteCount = byteCount
    }
}

/// A file's size as people type it: `20MB`, `512KiB`, `0`.
struct ByteCount: ExpressibleByArgument {
    let value: UInt64

    init?(argument: String) {
        guard let byteCount = Quantity.byteCount(argument) else { return nil }
        value = UInt64(byteCount)
    }
}

/// A moment as people type it: `2026-11-21` (its end), `2026-11-21T17:28:00Z`, or `20261121-172800`, in UTC.
struct TimeArgument: ExpressibleByArgument {
    let value: UTCTime
    /// Whether only a day was given, whose end `value` is.
    private let isWholeDay: Bool

    /// The first second that is meant, since 1970.
    var first: Int64 { value.secondsSince1970 - (isWholeDay ? 86_399 : 0) }
    /// The first second after it.
    var end: Int64 { value.secondsSince1970 + 1 }

    init?(argument: String) {
        let digits = argument.filter { $0.isASCII && $0.isNumber }
        let others = argument.filter { !($0.isASCII && $0.isNumber) }
        let text: String
        switch (digits.count, others) {
        case (8, "--"), (8, ""): text = "\(digits)-235959"
        case (14, "--T::Z"), (14, "--T::"), (14, "-- ::"), (14, "-"), (14, ""):
            text = "\(digits.prefix(8))-\(digits.suffix(6))"
        default: return nil
        }
        guard let value = UTCTime(text) else { return nil }
        self.value = value
        isWholeDay = digits.count == 8
    }
}
