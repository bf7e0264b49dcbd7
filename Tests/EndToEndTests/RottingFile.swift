import Foundation
import Testing

/// A folder on a file system in memory, which goes with its owner.
final class MemoryFolder {
    let folder: Folder
    let name: String

    init() throws {
        var template = Array("/dev/shm/photobackup-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        folder = Folder(path: Array(path.utf8))
        name = URL(filePath: path).lastPathComponent
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.text) }

    /// Until a new file gets a time that is clearly later than those of the files that are there.
    func waitUntilSettled() async throws {
        func time() throws -> Double {
            try folder.write([], to: "clock")
            defer { try? folder.remove("clock") }
            var status = stat()
            _ = try check("stat", stat("\(folder.text)/clock", &status))
            return Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) / 1e9
        }
        let start = try time()
        while try time() < start + 0.2 { await Task.yield() }
    }
}

/// A file's memory, shared with the file, and dirty from the start: on tmpfs, what is changed in it changes neither size nor
/// times of the file.
final class DirtyMapping {
    private let memory: UnsafeMutableRawBufferPointer

    init(_ path: String, byteCount: Int) throws {
        let descriptor = try check("open", open(path, O_RDWR))
        defer { close(descriptor) }
        let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw SystemError("mmap") }
        memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
        for index in stride(from: 0, to: byteCount, by: 4096) { memory[index] = memory[index] }
    }

    deinit { munmap(memory.baseAddress, memory.count) }

    subscript(index: Int) -> UInt8 {
        get { memory[index] }
        set { memory[index] = newValue }
    }
}
