import Foundation
import ProgramTesting
import Testing

@testable import photobackup

@Suite struct CommandLineTests {
    @Test func versionAndHelpAreWhatIsAskedFor() async throws {
        let version = try await run("--version")
        #expect(version.output == "photobackup 0.1.0\n" && version.error == "" && version.exitCode == 0)
        let help = try await run("--help")
        #expect(help.output.contains("USAGE: photobackup <subcommand>") && help.exitCode == 0)
        #expect(!help.output.contains("config "))
    }

    @Test func aUsageErrorIsInOurVoice() async throws {
        let unknownOption = try await run("config", "--nope")
        #expect(unknownOption.exitCode == 64)
        #expect(unknownOption.output == "")
        #expect(
            unknownOption.error
                == "photobackup: error: usage: unknown option '--nope'\nhint: see 'photobackup config --help'\n"
        )
        let unknownCommand = try await run("confg")
        #expect(
            unknownCommand.error
                == "photobackup: error: usage: unknown command 'confg'\nhint: did you mean 'config'?\n")
        let exclusive = try await run("config", "-q", "-v")
        #expect(exclusive.exitCode == 64)
        #expect(
            exclusive.error.hasPrefix("photobackup: error: usage: --quiet and --verbose exclude each other\n")
        )
    }

    @Test(arguments: [["--json", "config", "--nope"], ["config", "--nope", "--json"], ["--json", "nope"]])
    func aUsageErrorIsJSONWhereThatIsAskedFor(arguments: [String]) async throws {
        let result = try await RunningProgram(arguments).finish()
        #expect(result.exitCode == 64)
        #expect(result.error == "")
        #expect(result.messages.map { $0["message_type"] as? String } == ["error", "summary"])
        #expect(result.messages.last?["exit_code"] as? Int == 64)
    }

    @Test func aConfigurationErrorIs78AndNamesFileAndKey() async throws {
        let file = try ConfigurationFile(
            "[[provider]]\nname = \"a\"\nendpoint = \"https://a\"\nregion = \"r\"\n")
        let text = try await run("--config", file.path, "config")
        #expect(text.exitCode == 78)
        #expect(
            text.error == """
                photobackup: error: configuration: \(file.path): provider[1].bucket: value is missing (in 'a')
                hint: for example bucket = "my-photos"

                """)
        let json = try await run("config", "--json", environment: ["PHOTOBACKUP_CONFIG": file.path])
        #expect(json.exitCode == 78)
        #expect(json.messages.count == 2)
        #expect(json.messages.first?["hint"] as? String == "for example bucket = \"my-photos\"")
    }

    @Test func noConfigurationAndNoProviderAre78() async throws {
        let none = try await run("config")
        #expect(none.exitCode == 78)
        #expect(none.error.contains("/nowhere/.config/photobackup/config.toml: no such configuration file"))
        let empty = try ConfigurationFile("")
        #expect(try await run("config", "--config", empty.path).exitCode == 78)
    }

    @Test func theConfigurationIsShownWithoutSecrets() async throws {
        let file = try ConfigurationFile(
            """
            [[provider]]
            name = "backblaze"
            endpoint = "https://s3.example.com"
            region = "eu"
            bucket = "photos"
            access_key_id = "AKID"
            secret_access_key = "s3cret"
            [[collection]]
            name = "Weddings"
            sources = ["~/Pictures"]
            """, mode: 0o644)
        let text = try await run("config", "--config", file.path)
        #expect(text.exitCode == 0)
        #expect(text.output.contains("credentials keys in the configuration"))
        #expect(text.output.contains("/nowhere/Pictures as Pictures"))
        #expect(
            text.error == """
                photobackup: warning: \(file.path): holds access keys and can be read by others
                hint: chmod 600 '\(file.path)'

                """)
        let json = try await run("config", "--config", file.path, "--json")
        #expect(
            json.messages.map { $0["message_type"] as? String }
                == ["warning", "configuration", "provider", "collection", "summary"])
        #expect(json.messages.last?["exit_code"] as? Int == 0)
        for said in [text.output, text.error, json.output, json.error] {
            #expect(!said.contains("s3cret") && !said.contains("AKID"))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsTheRunInOrder(signal: CInt) async throws {
        let file = try ConfigurationFile.withCommand("echo started >&2; exec sleep 3600")
        let program = try RunningProgram(["config", "--json", "--config", file.path])
        #expect(await program.nextError() == "started\n")
        program.send(signal)
        let result = await program.finish()
        #expect(result.exitCode == 130)
        #expect(result.messages.map { $0["message_type"] as? String } == ["error", "summary"])
        #expect(result.messages.last?["exit_code"] as? Int == 130)
    }

    @Test func theSecondSignalEndsTheProgramAtOnce() async throws {
        // The command does not let itself be ended, says when it was asked to, and ends with its reader.
        let file = try ConfigurationFile.withCommand(
            "trap 'echo asked >&2' TERM; echo started $$ >&2; while :; do sleep 1; done")
        let program = try RunningProgram(["config", "--json", "--config", file.path])
        let started = await program.nextError()
        let command = try #require(pid_t(started.dropFirst("started ".count).dropLast()))
        defer { kill(command, SIGKILL) }
        program.send(SIGINT)
        #expect(await program.nextError() == "asked\n")
        program.send(SIGINT)
        #expect(await program.exitCode() == 130)
    }
}

@Suite struct GlobalOptionsTests {
    @Test(arguments: [
        (["--json", "status"], ["status", "--json"]),
        (["--config", "c", "-q", "ls", "W", "--", "-x"], ["ls", "W", "--config", "c", "-q", "--", "-x"]),
        (["--config=c", "ls"], ["ls", "--config=c"]), (["status", "--json"], ["status", "--json"]),
        (["--version"], ["--version"]), (["--json", "--help"], ["--help", "--json"]),
        (["--json"], ["--json"]),
        (["--config"], ["--config"]), ([], []),
    ])
    func globalOptionsMayStandBeforeTheCommand(arguments: [String], moved: [String]) {
        #expect(GlobalOptions.movedBehindCommand(arguments) == moved)
    }

    @Test(arguments: [(["--json"], true), (["a", "--json"], true), (["--", "--json"], false), ([], false)])
    func jsonIsSeenBeforeParsing(arguments: [String], expected: Bool) {
        #expect(GlobalOptions.asksForJSON(arguments) == expected)
    }
}

@Suite struct UsageErrorTests {
    @Test(arguments: [
        ("Missing value for '--to <dir>'.", "missing value for '--to <dir>'"), ("TOML is bad", "TOML is bad"),
        ("A b\n  c", "a b c"), ("", ""),
    ])
    func messagesAreInOurVoice(message: String, expected: String) {
        #expect(UsageError.inOurVoice(message) == expected)
    }
}
