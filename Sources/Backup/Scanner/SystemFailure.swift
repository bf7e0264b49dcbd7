import Glibc

/// A system call that failed, with its errno; what it means for the user is decided by who called.
struct SystemFailure: Error, CustomStringConvertible {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    /// Of the call that has just failed.
    static var last: SystemFailure { SystemFailure(errno) }

    /// The system's words, with a small first letter: `permission denied`.
    var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard strerror_r(number, buffer.baseAddress!, buffer.count) == 0 else { return "error \(number)" }
            let words = String(cString: buffer.baseAddress!)
            return words.prefix(1).lowercased() + words.dropFirst()
        }
    }
}

/// Calls again while a signal interrupts; throws what -1 means.
@discardableResult
func checked<Result: FixedWidthInteger>(_ call: () -> Result) throws(SystemFailure) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        if errno != EINTR { throw .last }
    }
}

extension [UInt8] {
    /// The bytes with a zero after them, for C. They must hold no zero themselves.
    func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) {
            (buffer) throws(Failure) -> Result in
            for index in indices { buffer[index] = CChar(bitPattern: self[index]) }
            buffer[count] = 0
            return try body(UnsafePointer(buffer.baseAddress!))
        }
    }
}
