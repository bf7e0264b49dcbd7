internal import Synchronization
internal import Threads

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Runs blocking calls on a few threads of its own, in the order in which they come.
///
/// Swift's cooperative pool has one thread a core: blocking calls there stop everything else. The threads are
/// started by the first call and end with the last reference.
package final class BlockingThreads: Sendable {
    private let queue = JobQueue()
    private let count: Int
    private let areStarted = Mutex(false)

    package init(count: Int) { self.count = count }

    deinit { queue.close() }

    /// The result of `body`, run on one of the threads. A call whose task is cancelled before its turn throws
    /// `CancellationError`; one that runs already runs to its end.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async throws(CancellationError) -> Value {
        // Without any thread this one has to do: the call then keeps a thread of tasks busy.
        guard haveStarted() else { return body() }
        let isCancelled = CancellationFlag()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
                queue.append { continuation.resume(returning: isCancelled.isSet ? nil : body()) }
            }
        } onCancel: {
            isCancelled.set()
        }
        guard let result else { throw CancellationError() }
        return result
    }

    /// Whether there is a thread; each call that finds none tries again.
    private func haveStarted() -> Bool {
        areStarted.withLock { areStarted in
            guard !areStarted else { return true }
            for _ in 0..<count {
                do {
                    try startThread { [queue] in
                        while let job = queue.next() { job() }
                    }
                    areStarted = true
                } catch {
                    // Fewer threads do.
                    break
                }
            }
            return areStarted
        }
    }
}

/// Set once, from any thread.
package final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isSet: Bool { flag.load(ordering: .acquiring) }
    package func set() { flag.store(true, ordering: .releasing) }
}

/// Jobs for threads that wait for them.
private final class JobQueue: @unchecked Sendable {
    // @unchecked Sendable: everything below is touched under the lock alone. A Mutex cannot be waited on with a
    // condition.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [@Sendable () -> Void] = []
    private var first = 0
    private var isClosed = false

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

    func append(_ job: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(lock)
        jobs.append(job)
        pthread_mutex_unlock(lock)
        pthread_cond_signal(changed)
    }

    /// The next job, waited for; nil when the queue is closed and empty.
    func next() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while first == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(changed, lock)
        }
        let job = jobs[first]
        first += 1
        if first == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            first = 0
        }
        return job
    }

    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_mutex_unlock(lock)
        pthread_cond_broadcast(changed)
    }
}
