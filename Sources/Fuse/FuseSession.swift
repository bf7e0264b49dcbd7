internal import CFuse
internal import Foundation
internal import Threads

/// A read-only file system that is mounted in a folder of this machine, through FUSE 3.
///
/// Requests are taken by one thread, and each is answered by a task of its own.
public final class FuseSession: Sendable {
    private let session: UnsafeSession
    private let dispatcher: FuseDispatcher
    /// Readable once the session is to end.
    private let stopSignal: CInt

    /// libfuse's session, which the session's thread uses alone once it runs.
    private struct UnsafeSession: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Mounts the file system: what is in it can be looked at as soon as `run` is called.
    ///
    /// - Parameters:
    ///   - mountpoint: an absolute path of a folder.
    ///   - name: what `df` and `/proc/mounts` show as its source and kind.
    /// - Throws: `FuseError` where this system has no FUSE, or does not let this user mount there.
    public init(
        _ fileSystem: any ReadOnlyFileSystem, at mountpoint: String, name: String
    ) throws(FuseError) {
        try Self.requireDevice()
        dispatcher = FuseDispatcher(fileSystem)
        let pointer = try Self.makeSession(for: dispatcher, name: name)
        guard fuse_session_mount(pointer, mountpoint) == 0 else {
            fuse_session_destroy(pointer)
            throw FuseError(
                "it cannot be mounted: \(FuseLog.takeReason())",
                hint: geteuid() == 0
                    ? Self.containerHint
                    : "a user other than root needs the package fuse3, and a folder of their own")
        }
        session = UnsafeSession(pointer: pointer)
        stopSignal = eventfd(0, CInt(EFD_CLOEXEC))
        let device = fuse_session_fd(pointer)
        // So that a request which is withdrawn before it is read holds up nothing.
        _ = fcntl(device, F_SETFL, fcntl(device, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        fuse_session_unmount(session.pointer)
        fuse_session_destroy(session.pointer)
        close(stopSignal)
    }

    /// Serves the file system until somebody unmounts it, or the task is cancelled, which unmounts it. To be called once.
    ///
    /// Programs that still have files of it open get `ENOTCONN` or `ECONNABORTED` from then on.
    public func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do {
                    try startThread(patience: .seconds(10)) {
                        self.takeRequests()
                        continuation.resume()
                    }
                } catch {
                    // Without a thread for it, this one of tasks has to wait.
                    takeRequests()
                    continuation.resume()
                }
            }
        } onCancel: {
            var one: UInt64 = 1
            _ = write(stopSignal, &one, MemoryLayout.size(ofValue: one))
        }
        // A task that answers after this would write to whatever has the descriptor's number by then.
        await dispatcher.end()
        fuse_session_unmount(session.pointer)
    }

    private static func makeSession(
        for dispatcher: FuseDispatcher, name: String
    ) throws(FuseError) -> OpaquePointer {
        FuseLog.prepare()
        var operations = fuse_lowlevel_ops.readOnly
        let options = "ro,nosuid,nodev,noatime,fsname=\(name),subtype=\(name)"
        var words: [UnsafeMutablePointer<CChar>?] = [strdup(name), strdup("-o"), strdup(options)]
        defer { for word in words { free(word) } }
        let session = words.withUnsafeMutableBufferPointer { words in
            var arguments = fuse_args(argc: CInt(words.count), argv: words.baseAddress, allocated: 0)
            defer { fuse_opt_free_args(&arguments) }
            return fuse_session_new(
                &arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size,
                Unmanaged.passUnretained(dispatcher).toOpaque())
        }
        guard let session else { throw FuseError("libfuse makes no session: \(FuseLog.takeReason())") }
        return session
    }

    /// Blocks.
    private func takeRequests() {
        var buffer = fuse_buf()
        defer { free(buffer.mem) }
        var events = [
            pollfd(fd: fuse_session_fd(session.pointer), events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopSignal, events: Int16(POLLIN), revents: 0),
        ]
        while fuse_session_exited(session.pointer) == 0 {
            guard poll(&events, nfds_t(events.count), -1) >= 0 || errno == EINTR else { return }
            if events[1].revents != 0 { return }
            let count = fuse_session_receive_buf(session.pointer, &buffer)
            if count > 0 {
                fuse_session_process_buf(session.pointer, &buffer)
            } else if count != -EINTR, count != -EAGAIN {
                return
            }
        }
    }

    private static let containerHint = "a container needs --device /dev/fuse --cap-add SYS_ADMIN"

    private static func requireDevice() throws(FuseError) {
        let device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard device < 0 else {
            close(device)
            return
        }
        switch errno {
        case ENOENT, ENODEV, ENXIO:
            throw FuseError(
                "this system has no /dev/fuse",
                hint: "install the package fuse3 and run modprobe fuse; \(Self.containerHint)")
        case let number:
            throw FuseError(
                "/dev/fuse cannot be opened: \(String(cString: strerror(number)))",
                hint: Self.containerHint)
        }
    }
}
