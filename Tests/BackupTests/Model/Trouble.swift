import ObjectStore
import ObjectStoreTesting
import SoakTesting

/// What goes wrong while one command runs.
enum Trouble: Sendable, CustomStringConvertible {
    case none
    /// `kill -9` at that call to a store.
    case kill(callCount: Int, losesAnswer: Bool)
    /// One replica refuses all puts from some put on.
    case putsFail(replica: Int, after: Int)
    /// One replica fails that many of a hundred calls.
    case flaky(replica: Int, percent: Int, seed: UInt64)
    /// One replica does its work, and that many of a hundred answers are lost.
    case answersLost(replica: Int, percent: Int, seed: UInt64)

    static func random(killPercent: Int, using random: inout SeededGenerator) -> Trouble {
        if random.chance(killPercent) {
            return .kill(callCount: Int.random(in: 0..<60, using: &random), losesAnswer: random.chance(50))
        }
        let replica = Int.random(in: 0..<3, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .putsFail(replica: replica, after: Int.random(in: 0..<8, using: &random))
        case 1: return .flaky(replica: replica, percent: random.pick([5, 20, 50]), seed: random.next())
        case 2: return .answersLost(replica: replica, percent: random.pick([5, 20, 50]), seed: random.next())
        default: return .none
        }
    }

    var description: String {
        switch self {
        case .none: "in peace"
        case .kill(let callCount, let losesAnswer):
            "killed at call \(callCount)\(losesAnswer ? ", done but not answered" : "")"
        case .putsFail(let replica, let after): "\(replica) fails puts after \(after)"
        case .flaky(let replica, let percent, _): "\(replica) fails \(percent) %"
        case .answersLost(let replica, let percent, _): "\(replica) loses \(percent) % of its answers"
        }
    }

    var isNone: Bool { if case .none = self { true } else { false } }

    /// The one replica that is in trouble; nil where it is none or the machine.
    var replica: Int? {
        switch self {
        case .none, .kill: nil
        case .putsFail(let replica, _), .flaky(let replica, _, _), .answersLost(let replica, _, _): replica
        }
    }

    /// Lets the replicas behave so from now on; a kill is armed by who runs the command.
    func arm(_ replicas: [TestReplica]) {
        switch self {
        case .none, .kill: break
        case .putsFail(let replica, let after):
            let puts = Counter()
            replicas[replica].fault { $0.put != nil && puts.next() > after ? .connectionFailed : nil }
        case .flaky(let replica, let percent, let seed):
            replicas[replica].fault(Self.fault(percent, seed))
        case .answersLost(let replica, let percent, let seed):
            replicas[replica].loseAnswers(Self.fault(percent, seed))
        }
    }

    private static func fault(_ percent: Int, _ seed: UInt64) -> TestReplica.Fault {
        let calls = Counter()
        return { _ in
            var random = SeededGenerator(seed: seed &+ UInt64(calls.next()))
            return random.chance(percent) ? random.pick([.timedOut, .serverFailed]) : nil
        }
    }
}
