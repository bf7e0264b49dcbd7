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
        typealias SetID = @convention(c) (UInt32) -> Int32
        _ = symbol("setfsgid", as: SetID.self)(nobody)
        let setUser = symbol("setfsuid", as: SetID.self)
        _ = setUser(nobody)
        // It answers what was set before, and -1 changes nothing.
        #expect(setUser(.max) == Int32(nobody))
        return try body()
    }
}

private let nobody: UInt32 = 65_534

/// A file system in memory that is soon full, seen by one thread alone and gone with it.
enum SmallDisk {
    static let isPossible = (try? onOwnThread { try mount(byteCount: 1 << 20, at: "/tmp") }) != nil

    /// Runs `body` on a thread that sees at `path` an empty disk of `byteCount` bytes.
    static func with(byteCount: Int, at path: String, _ body: @escaping @Sendable () throws -> Void) throws {
        try onOwnThread {
            try mount(byteCount: byteCount, at: path)
            try body()
        }
    }

    private static func mount(byteCount: Int, at path: String) throws {
        typealias Unshare = @convention(c) (Int32) -> Int32
        typealias Mount =
            @convention(c) (
                UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>?, UInt, UnsafePointer<CChar>?
            ) -> Int32
        let (newMounts, ownWorkingFolder): (Int32, Int32) = (0x2_0000, 0x200)  // CLONE_NEWNS, CLONE_FS
        let recursivelyPrivate: UInt = 0x4_4000  // MS_REC | MS_PRIVATE
        let mount = symbol("mount", as: Mount.self)
        try checked { symbol("unshare", as: Unshare.self)(newMounts | ownWorkingFolder) }
        try checked { mount("none", "/", nil, recursivelyPrivate, nil) }
        try checked { mount("none", path, "tmpfs", 0, "size=\(byteCount)") }
    }
}

/// A function of glibc that Swift's Glibc module does not have.
private func symbol<Function>(_ name: String, as type: Function.Type) -> Function {
    unsafeBitCast(dlsym(nil, name)!, to: type)
}
