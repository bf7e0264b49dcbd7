import Testing

@testable import Mounting

@Suite struct ReadAheadTests {
    @Test func goesFurtherAheadOfOneThatGoesOnAndNotAtAllOfOneThatJumps() {
        var ahead = ReadAhead(limit: 4)
        #expect([0, 0, 1, 2, 3].map { ahead.advance(to: $0) } == [1, 0, 2, 4, 4])
        #expect([9, 9, 10].map { ahead.advance(to: $0) } == [0, 0, 1])
        // The kernel asks for a chunk's last part behind the first of the next.
        #expect([11, 10, 11, 12].map { ahead.advance(to: $0) } == [2, 0, 0, 4])
    }
}
