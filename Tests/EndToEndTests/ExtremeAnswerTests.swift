import Crypto
import ProgramTesting
import ServerTesting
import Testing

/// A number, a date, a length or a name that one provider of three tells, and that cannot be.
struct ExtremeAnswer: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let fault: @Sendable () -> FaultProxy.Fault

    init(_ name: String, _ fault: @autoclosure @escaping @Sendable () -> FaultProxy.Fault) {
        (testDescription, self.fault) = (name, fault)
    }

    private static func sizes(_ size: String) -> FaultProxy.Fault {
        .listing { $0.replacing(/<Size>\d+<\/Size>/, with: "<Size>\(size)</Size>") }
    }

    private static func times(_ time: String) -> FaultProxy.Fault {
        .changed { answer in
            let text = String(decoding: answer.body, as: UTF8.self)
            if text.contains("<ListBucketResult") {
                answer.body = Array(
                    text.replacing(
                        /<LastModified>[^<]+<\/LastModified>/, with: "<LastModified>\(time)</LastModified>"
                    ).utf8)
            }
            answer["last-modified"] = "Fri, 31 Dec 9999 23:59:60 GMT"
            answer["date"] = "Fri, 31 Dec 9999 23:59:60 GMT"
        }
    }

    private static func header(_ name: String, _ value: String) -> FaultProxy.Fault {
        .changed { $0[name] = value }
    }

    private static func refusal(date: String) -> FaultProxy.Fault {
        .answer(
            .answer(
                403, headers: [("Content-Type", "application/xml"), ("Date", date)],
                body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"))
    }

    private static func added(_ entry: String) -> FaultProxy.Fault {
        .listing { $0.replacing("</ListBucketResult>", with: "\(entry)</ListBucketResult>") }
    }

    private static let long = String(repeating: "x", count: 1 << 20)

    static let all = [
        ExtremeAnswer("sizes of 2^63-1", sizes("9223372036854775807")),
        ExtremeAnswer("sizes of 2^63", sizes("9223372036854775808")),
        ExtremeAnswer("sizes of -1", sizes("-1")),
        ExtremeAnswer("sizes of 0", sizes("0")),
        ExtremeAnswer("sizes of 2^32", sizes("4294967296")),
        ExtremeAnswer("no sizes", sizes("")),
        ExtremeAnswer("times at the end of 9999", times("9999-12-31T23:59:60-23:59")),
        ExtremeAnswer("times in 1900", times("1900-01-01T00:00:00+23:59")),
        ExtremeAnswer("no times", times("")),
        ExtremeAnswer("refused at the end of 9999", refusal(date: "Fri, 31 Dec 9999 23:59:60 GMT")),
        ExtremeAnswer("refused in 1900", refusal(date: "Mon, 01 Jan 1900 00:00:00 +2359")),
        ExtremeAnswer(
            "a range at 2^63-2", header("content-range", "bytes 9223372036854775806-9223372036854775806/*")),
        ExtremeAnswer(
            "a lock to the end of time", header("x-amz-object-lock-retain-until-date", "9999-12-31T23:59:60Z")
        ),
        ExtremeAnswer("a header of 1 MB", header("x-amz-version-id", long)),
        ExtremeAnswer("a name of 1 MB", added("<Contents><Key>\(long)</Key><Size>1</Size></Contents>")),
        ExtremeAnswer("an empty name", added("<Contents><Key></Key><Size>1</Size></Contents>")),
        ExtremeAnswer(
            "a name with a zero byte", added("<Contents><Key>a%00b</Key><Size>1</Size></Contents>")),
        ExtremeAnswer(
            "a token of 1 MB",
            .listing {
                $0.replacing("<IsTruncated>false<", with: "<IsTruncated>true<").replacing(
                    "</ListBucketResult>",
                    with: "<NextContinuationToken>\(long)</NextContinuationToken></ListBucketResult>")
            }),
    ]
}

extension EndToEnd {
    /// No command is ended by a signal, whatever a provider says, and one that answers wrongly is named.
    @Suite struct ExtremeAnswerTests {
        @Test(arguments: ExtremeAnswer.all)
        func noCommandIsEndedByASignal(extreme: ExtremeAnswer) async throws {
            let replicas = try Replica.onThreeServers()
            let machine = try await Machine.withVault(on: replicas)
            let shoot = try machine.scratch.folder("shoot")
            for number in 1...3 { try shoot.write(randomBytes(3000 * number), to: "\(number).raw") }
            try await machine.archive(shoot)
            try shoot.write(randomBytes(5000), to: "4.raw")

            let proxy = try FaultProxy(to: replicas[0].server) { _, _ in extreme.fault() }
            defer { proxy.close() }
            try machine.configure(replicas.configuration(reaching: [0: proxy.endpoint]))
            let commands: [[String]] = [
                ["archive", shoot.text, "--as", "Shoot"], ["ls", "Shoot"], ["verify"],
                ["verify", "--level", "read"], ["status"], ["heal"], ["prune", "--dry-run"], ["prune"],
                ["provider", "probe"], ["doctor"],
            ]
            for command in commands {
                let run = await machine.finish(try machine.start(command))
                #expect([0, 1, 4, 5].contains(run.exitCode), "\(command): \(run)")
                #expect(run.error.utf8.count < 100_000, "\(command)")
                if run.exitCode != 0 {
                    #expect((run.output + run.error).contains(replicas[0].name), "\(command): \(run)")
                }
            }
            try await machine.expectRestore(
                of: FolderRecord(shoot.text), "--from", replicas[0].name)

            // A new machine, that has nothing but the answers.
            let other = try Machine([])
            try other.configure(replicas.configuration(reaching: [0: proxy.endpoint]))
            try await other.expectRestore(
                of: FolderRecord(shoot.text), environment: Machine.withPassword)
        }
    }
}
