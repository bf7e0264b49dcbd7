import Crypto
import Foundation
import ProgramTesting
import ServerTesting
import Testing

/// How one provider of three never comes to an end.
enum EndlessAnswer: String, CaseIterable, Sendable {
    /// Each body comes by a byte now and then.
    case trickles
    /// Connections are taken, and nothing is ever said.
    case neverAnswers
    /// Each listing goes on and on, with new names in order.
    case pagesForEver

    func way(to server: TestServer) throws -> (proxy: FaultProxy, endpoint: String) {
        switch self {
        case .trickles:
            let proxy = try FaultProxy(to: server) { _, request in
                request.method == "GET" ? .slow(bytesPerSecond: 1) : .none
            }
            return (proxy, proxy.endpoint)
        case .neverAnswers:
            // It waits for the end of a request's head, which does not come before it has said something.
            let proxy = try FaultProxy(to: server) { _, _ in .none }
            return (proxy, proxy.endpoint.replacing("http://", with: "https://"))
        case .pagesForEver:
            let proxy = try FaultProxy(to: server) { _, request in Self.nextPage(request) ?? .none }
            return (proxy, proxy.endpoint)
        }
    }

    private static func nextPage(_ request: HTTPMessage) -> FaultProxy.Fault? {
        let query = URLComponents(string: request.target)?.queryItems ?? []
        guard request.method == "GET", query.contains(where: { $0.name == "list-type" }),
            let prefix = query.first(where: { $0.name == "prefix" })?.value
        else { return nil }
        let page = Int(query.first { $0.name == "continuation-token" }?.value ?? "") ?? 0
        let entries = (0..<1000).map { number in
            "<Contents><Key>\(prefix)zz/\(String(format: "%012d", 1000 * page + number))</Key><Size>7</Size>"
                + "<LastModified>2026-01-15T08:00:00.000Z</LastModified></Contents>"
        }
        return .answer(
            .answer(
                200, headers: [("Content-Type", "application/xml")],
                body: "<ListBucketResult>\(entries.joined())<IsTruncated>true</IsTruncated>"
                    + "<NextContinuationToken>\(page + 1)</NextContinuationToken></ListBucketResult>"))
    }
}

extension EndToEnd {
    /// One provider of three whose answers never end holds up no command for ever, and fills no memory. The bounds are in
    /// docs/RELIABILITY.md; they are generous, since the other choice is never.
    @Suite struct EndlessAnswerTests {
        private static let longest = Duration.seconds(300)
        private static let mostKiB = 600 << 10

        @Test(arguments: EndlessAnswer.allCases)
        func everyCommandEnds(kind: EndlessAnswer) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(3000 * number), to: "\(number).raw") }
            try await machine.archive(shoot)
            let original = try FolderRecord(shoot.text)
            let way = try kind.way(to: replicas[0].server)
            defer { way.proxy.close() }
            try machine.configure(replicas.configuration(reaching: [0: way.endpoint]))

            let destination = machine.scratch("restored")
            let commands: [(words: [String], exitCodes: [Int32])] = [
                (["restore", "Shoot", "--to", destination], [0]), (["ls", "Shoot"], [0]),
                (["archive", shoot.text, "--as", "Shoot"], [4]), (["verify"], [4]), (["status"], [4]),
                (["prune"], [1]),
            ]
            var costs: [String] = []
            for (words, exitCodes) in commands {
                let began = ContinuousClock.now
                let run = await machine.finish(try machine.start(words, launcher: Self.tellingPeak))
                let duration = ContinuousClock.now - began
                let peak = try #require(Int(run.error.split(separator: "\n").last ?? ""), "\(run)")
                costs.append("\(words[0]) \(duration.components.seconds) s, \(peak >> 10) MiB")
                #expect(exitCodes.contains(run.exitCode), "\(kind): \(words): \(run)")
                #expect(duration < Self.longest, "\(kind): \(words) took \(duration)")
                #expect(peak < Self.mostKiB, "\(kind): \(words) took \(peak) KiB")
                // Who was left out is named.
                #expect((run.output + run.error).contains(replicas[0].name), "\(kind): \(words): \(run)")
            }
            #expect(try FolderRecord("\(destination)/shoot").differences(from: original) == [])

            // A new machine, which cannot know what should be there.
            let other = try Machine([])
            try other.configure(replicas.configuration(reaching: [0: way.endpoint]))
            let began = ContinuousClock.now
            try await other.expectRestore(of: original, environment: Machine.withPassword)
            costs.append("restore on a new machine \((ContinuousClock.now - began).components.seconds) s")
            #expect(ContinuousClock.now - began < Self.longest)
            print("cost of a provider that \(kind): \(costs.joined(separator: "; "))")
        }

        /// Runs a program and prints its peak memory in KiB, as the last line on standard error.
        private static let tellingPeak = [
            "/usr/bin/python3", "-c",
            """
            import resource, subprocess, sys
            code = subprocess.call(sys.argv[1:])
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
            sys.exit(code & 255)
            """,
        ]
    }
}
