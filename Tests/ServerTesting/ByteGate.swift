internal import Foundation

/// A way to a server that lets a known number of bytes through and then holds what comes, so that a test can do
/// something in the middle of a run and not leave the moment to luck.
public final class ByteGate: @unchecked Sendable {
    // @unchecked Sendable: all that changes is used under `condition`.
    private let condition = NSCondition()
    private var byteCount = 0
    private var isHeld = false
    private var isOpen = false
    private var sockets: Set<LoopbackSocket> = []

    private let limit: Int
    private let listener: LoopbackSocket
    private let serverPort: UInt16
    public let endpoint: String

    /// - Parameter limit: how many bytes of requests go through before the gate closes.
    public init(to server: TestServer, after limit: Int) throws {
        self.limit = limit
        serverPort = try server.port
        let (socket, port) = try LoopbackSocket.listening()
        listener = socket
        endpoint = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [self] in
            while let client = socket.accepted() { connect(client) }
            socket.close()
        }
    }

    /// Returns when something waits in front of the closed gate.
    public func waitUntilHeld() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                condition.lock()
                while !isHeld { condition.wait() }
                condition.unlock()
                continuation.resume()
            }
        }
    }

    /// Lets everything through from now on.
    public func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }

    /// Ends all connections. To be called once, when the test has done with the gate.
    public func close() {
        open()
        condition.lock()
        for socket in sockets { socket.shutDown() }
        condition.unlock()
        // The thread closes the socket then, whose number may soon be another's.
        listener.shutDown()
    }

    private func pass(_ count: Int) {
        condition.lock()
        if byteCount + count > limit, !isOpen {
            isHeld = true
            condition.broadcast()
            while !isOpen { condition.wait() }
        }
        byteCount += count
        condition.unlock()
    }

    private func connect(_ client: LoopbackSocket) {
        guard let server = LoopbackSocket.connected(to: serverPort) else { return client.close() }
        condition.lock()
        sockets.formUnion([client, server])
        condition.unlock()
        let bothEnded = DispatchGroup()
        for (from, to, isRequest) in [(client, server, true), (server, client, false)] {
            bothEnded.enter()
            Thread.detachNewThread { [self] in
                pump(from, to, isRequest: isRequest)
                bothEnded.leave()
            }
        }
        bothEnded.notify(queue: .global()) { [self] in
            condition.lock()
            sockets.subtract([client, server])
            condition.unlock()
            client.close()
            server.close()
        }
    }

    private func pump(_ from: LoopbackSocket, _ to: LoopbackSocket, isRequest: Bool) {
        var bytes: [UInt8] = []
        while from.receive(into: &bytes) {
            if isRequest { pass(bytes.count) }
            guard to.send(bytes) else { break }
            bytes.removeAll(keepingCapacity: true)
        }
        to.endSending()
    }
}
