#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Whether there are threads to be had.
///
/// Swift's own runtime waits for ever where it gets none for its tasks; so this is asked before the first task.
public enum ThreadSupply {
    /// Small, since such a thread does nothing.
    private static let stackByteCount = 64 << 10

    /// Starts so many threads at once and lets them all end again.
    ///
    /// - Throws: `ThreadError` where there are fewer.
    public static func check(for count: Int) throws(ThreadError) {
        let gate = Gate()
        var threads: [pthread_t] = []
        var failure: CInt = 0
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackByteCount)
        while threads.count < count, failure == 0 {
            var thread = pthread_t()
            failure = pthread_create(
                &thread, &attributes,
                { argument in
                    Unmanaged<Gate>.fromOpaque(argument!).takeUnretainedValue().pass()
                    return nil
                }, Unmanaged.passUnretained(gate).toOpaque())
            if failure == 0 { threads.append(thread) }
        }
        gate.open()
        for thread in threads { pthread_join(thread, nil) }
        // The threads hold no reference to it.
        withExtendedLifetime(gate) {}
        if failure != 0 { throw ThreadError(number: failure) }
    }
}

/// Holds threads until it is opened.
private final class Gate: @unchecked Sendable {
    // @unchecked Sendable: `isOpen` is touched under the lock alone.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isOpen = false

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    func pass() {
        pthread_mutex_lock(lock)
        while !isOpen { pthread_cond_wait(changed, lock) }
        pthread_mutex_unlock(lock)
    }

    func open() {
        pthread_mutex_lock(lock)
        isOpen = true
        pthread_mutex_unlock(lock)
        pthread_cond_broadcast(changed)
    }
}
