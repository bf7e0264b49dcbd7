import CLinux
import Foundation
import ProgramTesting
import SandboxTesting
import Testing

/// What a process cannot do any more that has given it up, tried call by call.
@Suite struct SandboxTests {
    struct Call: CustomTestStringConvertible, Sendable {
        let number: CInt
        var testDescription: String { String(cString: sandbox_call_name(number)) }
    }

    static let calls: [Call] = Array(
        (CInt(0)...).lazy.map { Call(number: $0) }.prefix { sandbox_call_name($0.number) != nil })

    /// A file, and another process of this user, for as long as `body` runs.
    private func outcome(_ layer: sandbox_layer, _ call: Call) async throws -> CInt {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        try Data("secret".utf8).write(to: URL(filePath: file))
        let victim = try RunningProgram(["1000"], program: "/bin/sleep")
        let outcome = await blocking { sandbox_outcome(layer, call.number, file, victim.processNumber) }
        victim.send(SIGKILL)
        _ = await victim.exitCode()
        if layer != sandbox_nothing {
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "secret")
        }
        unlink(file)
        return outcome
    }

    @Test(arguments: calls) func onlyComputingIsLeft(call: Call) async throws {
        let outcome = try await outcome(sandbox_everything, call)
        if sandbox_call_is_allowed(call.number) != 0 {
            #expect(outcome == 0)
        } else {
            #expect([EPERM, 1000 + SIGSYS].contains(outcome))
        }
    }

    /// The second lock of the same door holds by itself, where the kernel has it.
    @Test(
        .enabled(if: clinux_landlock_version() > 0, "this kernel has no Landlock"),
        arguments: ["open a file", "make a file", "rename a file", "remove a file", "make a folder"])
    func filesAreOutOfReachBesides(name: String) async throws {
        let call = try #require(Self.calls.first { $0.testDescription == name })
        #expect(try await outcome(sandbox_files, call) == EACCES)
    }

    /// Without giving anything up, the calls do what they say: the refusals above are the sandbox's.
    @Test(arguments: ["open a file", "look at a file", "make a socket", "start a process", "become a shell"])
    func withoutItTheCallsSucceed(name: String) async throws {
        let call = try #require(Self.calls.first { $0.testDescription == name })
        #expect(try await outcome(sandbox_nothing, call) == 0)
    }
}
