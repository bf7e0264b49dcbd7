internal import CLinux
internal import Glibc
internal import Synchronization

/// Runs this program again to make one preview, for a time that is limited from outside.
///
/// The process inherits nothing: no environment, so no secret in it, and no open file but its pipes.
struct PreviewProcess {
    /// From its start to its end.
    private static let seconds: Int64 = 30
    /// A preview takes some 40 kB.
    private static let maximumByteCount = 1 << 20
    /// Held while pipes are made and a process started, so that no other process inherits them.
    private static let starting = Mutex<Void>(())

    /// The preview of a picture; nil where none could be made, whatever the reason. Blocks.
    static func preview(of picture: [UInt8]) -> PreviewAnswer? {
        guard let child = starting.withLock({ _ in Child() }) else { return nil }
        let answer = child.exchange(picture, until: monotonicSeconds() + seconds, maximumByteCount)
        child.end()
        return answer.flatMap(PreviewAnswer.init)
    }

    static func readToEnd(of descriptor: CInt) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func monotonicSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }

    /// The process, and this side's ends of its pipes.
    private struct Child {
        private let process: pid_t
        private let input: CInt
        private let output: CInt

        init?() {
            var toChild: [CInt] = [0, 0]
            var fromChild: [CInt] = [0, 0]
            guard pipe(&toChild) == 0 else { return nil }
            guard pipe(&fromChild) == 0 else {
                for end in toChild { close(end) }
                return nil
            }
            for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            let process = Self.spawn(reading: toChild[0], writing: fromChild[1])
            close(toChild[0])
            close(fromChild[1])
            guard let process else {
                close(toChild[1])
                close(fromChild[0])
                return nil
            }
            (self.process, input, output) = (process, toChild[1], fromChild[0])
            for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        }

        private static func spawn(reading input: CInt, writing output: CInt) -> pid_t? {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
            clinux_close_from_when_spawned(&actions, 3)
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            // As a fresh program expects them: this one blocks some signals.
            var signals = sigset_t()
            sigemptyset(&signals)
            posix_spawnattr_setsigmask(&attributes, &signals)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var arguments: [UnsafeMutablePointer<CChar>?] =
                [strdup("photobackup"), strdup("share"), strdup("preview"), nil]
            defer { for argument in arguments { free(argument) } }
            var environment: [UnsafeMutablePointer<CChar>?] = [nil]
            var process: pid_t = 0
            let error = posix_spawn(
                &process, "/proc/self/exe", &actions, &attributes, &arguments, &environment)
            return error == 0 ? process : nil
        }

        /// Gives the process its input and takes what it answers; nil where it takes too long or answers too much.
        func exchange(_ bytes: [UInt8], until deadline: Int64, _ maximumByteCount: Int) -> [UInt8]? {
            var isInputOpen = true
            defer {
                if isInputOpen { close(input) }
                close(output)
            }
            var rest = bytes[...]
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while answer.count <= maximumByteCount {
                let left = deadline - PreviewProcess.monotonicSeconds()
                var ends = [
                    pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: isInputOpen ? input : -1, events: Int16(POLLOUT), revents: 0),
                ]
                guard left > 0, poll(&ends, 2, Int32(left * 1000)) >= 0 || errno == EINTR else { return nil }
                if isInputOpen, ends[1].revents != 0 {
                    let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
                    if count > 0 { rest = rest.dropFirst(count) }
                    // A process that has ended reads no more, and may have answered all the same.
                    if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) {
                        close(input)
                        isInputOpen = false
                    }
                }
                guard ends[0].revents != 0 else { continue }
                let count = read(output, &buffer, buffer.count)
                if count == 0 { return answer }
                if count > 0 { answer += buffer[..<count] }
            }
            return nil
        }

        /// Ends the process if it has not ended.
        func end() {
            kill(process, SIGKILL)
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }
}
