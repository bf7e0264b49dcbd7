internal import Glibc

/// Keeps standard input, output and error from being anything else.
enum StandardDescriptors {
    /// Where one of them is closed, opens nothing in its place: else the next file that is opened would take its number, and
    /// what is said would be written into the catalog. Writing there fails, and is told as what it is.
    static func prepare() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest number that is free, which is this one.
            _ = open("/dev/null", O_RDONLY)
        }
    }
}
