internal import CFuse
internal import Foundation
internal import Synchronization

/// Answers each request of the kernel from a task of its own, and knows the files that somebody has open.
final class FuseDispatcher: Sendable {
    typealias Answer = @Sendable (any ReadOnlyFileSystem) async throws(ErrorNumber) -> FuseReply

    private struct State {
        var tasks: [UInt: Task<Void, Never>] = [:]
        var nextTask: UInt = 1
        var files: [UInt64: any ReadableFile] = [:]
        var nextFile: UInt64 = 1
    }

    private let fileSystem: any ReadOnlyFileSystem
    private let state = Mutex(State())

    init(_ fileSystem: any ReadOnlyFileSystem) { self.fileSystem = fileSystem }

    /// That of the session which the request came through.
    static func of(_ request: fuse_req_t) -> FuseDispatcher? {
        fuse_req_userdata(request).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    /// Answers a request with what `body` returns, unless its caller is killed: who only handles a signal meanwhile is
    /// answered too, since programs do not expect EINTR of files. To be called on the session's thread.
    func answer(_ request: FuseRequest, _ body: @escaping Answer) {
        let number = state.withLock { state in
            defer { state.nextTask += 1 }
            return state.nextTask
        }
        // An interruption comes through the session's thread too: not while this goes on.
        fuse_req_interrupt_func(
            request.pointer,
            { request, number in
                guard let request, isKilled(fuse_req_ctx(request).pointee.pid),
                    let dispatcher = FuseDispatcher.of(request)
                else { return }
                dispatcher.cancel(UInt(bitPattern: number))
            }, UnsafeMutableRawPointer(bitPattern: number))
        state.withLock { state in
            state.tasks[number] = Task {
                let reply: FuseReply
                do throws(ErrorNumber) {
                    reply = try await body(self.fileSystem)
                } catch {
                    reply = .failure(error)
                }
                // Who was to close the file is gone.
                if !request.answer(reply), case .opened(let handle) = reply { self.close(handle) }
                self.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    private func cancel(_ number: UInt) { state.withLock { $0.tasks[number] }?.cancel() }

    /// Cancels what is being answered, and returns when the last answer is given. No request may come after it.
    func end() async {
        let tasks = state.withLock { Array($0.tasks.values) }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    // MARK: - Open files

    /// Keeps an open file until it is closed, and returns its handle.
    func keep(_ file: any ReadableFile) -> UInt64 {
        state.withLock { state in
            defer { state.nextFile += 1 }
            state.files[state.nextFile] = file
            return state.nextFile
        }
    }

    func file(_ handle: UInt64) -> (any ReadableFile)? { state.withLock { $0.files[handle] } }

    func close(_ handle: UInt64) { state.withLock { _ = $0.files.removeValue(forKey: handle) } }
}

/// Whether a signal is ending the thread: the kernel then makes SIGKILL pending for it, whichever it was (proc(5)).
private func isKilled(_ thread: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(thread)/status", encoding: .utf8) else {
        return false
    }
    let pending = status.split(separator: "\n").first { $0.hasPrefix("SigPnd:") }?.split(separator: "\t").last
    guard let signals = pending.flatMap({ UInt64($0, radix: 16) }) else { return false }
    return signals & 1 << (SIGKILL - 1) != 0
}
