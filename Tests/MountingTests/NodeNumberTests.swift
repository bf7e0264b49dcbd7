import Fuse
import Testing

@testable import Mounting

@Suite struct NodeNumberTests {
    private static let numbers: [NodeNumber] = [
        .root, .collection(0), .collection(1), .latest(0), .latest(1000), .snapshot(0),
        .snapshot((1 << 17) - 2),
        .item(snapshot: 0, SnapshotTree.Place(page: 0, index: 0)),
        .item(snapshot: 3, SnapshotTree.Place(page: (1 << 20) - 1, index: (1 << 18) - 2, depth: 255)),
    ]

    @Test(arguments: numbers) func isReadBack(number: NodeNumber) throws {
        let node = try #require(number.node)
        #expect(NodeNumber(node) == number)
        #expect(Self.numbers.filter { $0.node == node }.count == 1)
    }

    @Test(arguments: [
        NodeNumber.snapshot((1 << 17) - 1), .item(snapshot: 0, SnapshotTree.Place(page: 1 << 20, index: 0)),
        .item(snapshot: 0, SnapshotTree.Place(page: 0, index: (1 << 18) - 1)),
        .item(snapshot: 0, SnapshotTree.Place(page: 0, index: 0, depth: 256)),
    ])
    func whatHasNoRoomHasNone(number: NodeNumber) { #expect(number.node == nil) }
}
