/// A run of bytes that stays where it is while several stores send it: one copy of a pack in memory, however
/// many providers it goes to.
///
/// Filled by one owner up to its capacity, then only read. When the last reference goes, `recycle` gets the
/// memory back, so that a pool can lend it again.
public final class ObjectBytes: @unchecked Sendable {
    // @unchecked Sendable: whoever fills it holds the only reference; it is shared only when it is complete.
    private let memory: UnsafeMutableRawBufferPointer
    private let recycle: @Sendable (UnsafeMutableRawBufferPointer) -> Void
    public private(set) var count: Int

    /// Memory of its own for `capacity` bytes, freed at the end.
    public convenience init(capacity: Int) {
        let isLarge = capacity >= MappedMemory.leastByteCount
        if isLarge, let memory = MappedMemory.map(capacity) {
            self.init(memory: memory, count: 0, recycle: MappedMemory.unmap)
            return
        }
        self.init(
            memory: .allocate(byteCount: max(capacity, 1), alignment: 64), count: 0,
            recycle: { $0.deallocate() })
    }

    /// Lent memory, of which the first `count` bytes are filled; `recycle` is called once, with the same memory.
    public init(
        memory: UnsafeMutableRawBufferPointer, count: Int,
        recycle: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void
    ) {
        self.memory = memory
        self.count = count
        self.recycle = recycle
    }

    public convenience init(_ bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        bytes.withUnsafeBytes { append($0) }
    }

    deinit { recycle(memory) }

    public var capacity: Int { memory.count }

    /// Copies `bytes` behind what is there. It is a programming error to go past the capacity.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        append(count: bytes.count) { $0.copyMemory(from: bytes) }
    }

    /// Makes room for `count` bytes behind what is there, which `fill` writes completely.
    public func append<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(self.count + count <= memory.count, "past the capacity of \(memory.count) bytes")
        guard count > 0 else { return }
        try fill(UnsafeMutableRawBufferPointer(rebasing: memory[self.count..<(self.count + count)]))
        self.count += count
    }

    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: memory.baseAddress, count: count))
    }

    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: memory.baseAddress, count: count).bytes)
    }

    public var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
