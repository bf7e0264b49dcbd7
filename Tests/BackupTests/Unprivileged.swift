import Foundation
import Testing

@testable import Backup

/// Runs `body` on a thread of its own, which ends with it, so that what is changed for that thread alone ends too.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result: Result<Value, any Error>?
    let thread = Thread {
        result = Result { try body() }
        done.signal()
    }
    thread.start()
    done.wait()
    return try result!.get()
}

/// Runs `body` as the kernel's file systems see a user without rights: mode 000 does not stop root, which tests
/// in a container often run as. setfsuid(2) counts for the calling thread alone.
func asNobody<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    guard geteuid() == 0 else { return try body() }
    return try onOwnThread {
        callSystem("setfsgid", nobody)
        callSystem("setfsuid", nobody)
        // It answers what was set before, and -1 changes nothing.
        #expect(callSystem("setfsuid", UInt32.max) == Int32(nobody))
        return try body()
    }
}

let nobody: UInt32 = 65_534

/// Of glibc, where Swift's Glibc module has it not: `setfsuid` and its kin.
@discardableResult
private func callSystem(_ name: String, _ argument: UInt32) -> Int32 {
    let function = unsafeBitCast(dlsym(nil, name)!, to: (@convention(c) (UInt32) -> Int32).self)
    return function(argument)
}
