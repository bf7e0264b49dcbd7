import Foundation
import ProgramTesting
import Synchronization

/// A file that a thread writes into all the time, as a camera does that is still recording.
final class RestlessFile: Sendable {
    private let isToRest = Mutex(false)
    private let end = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ name: String, in folder: Folder) {
        Thread.detachNewThread { [self] in
            var count = 0
            do {
                while !isToRest.withLock({ $0 }) {
                    count += 1
                    // Each time other bytes at a place: what holds still for two readings would be taken.
                    let bytes = withUnsafeBytes(of: count) { [UInt8]($0) }
                    try folder.overwrite(name, at: (count & 0xff) << 17, with: bytes)
                }
            } catch {
                failure.withLock { $0 = error }
            }
            end.signal()
        }
    }

    /// Returns when the file is written to no more. To be called once.
    func rest() async throws {
        isToRest.withLock { $0 = true }
        try await blocking { [self] in
            end.wait()
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }
}
