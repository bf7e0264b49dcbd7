import Foundation
import ProgramTesting
import ServerTesting
import Testing

extension EndToEnd {
    /// A provider, or who stands before it, that speaks one version of TLS alone.
    @Suite struct OldTLSTests {
        private static let openssl = "/usr/bin/openssl"

        /// Also where the system's configuration of OpenSSL would have it, as some do for an old server's sake.
        @Test(arguments: [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
        func nothingOlderThan12IsSpoken(version: String, isSpoken: Bool) async throws {
            let machine = try Machine([], configuration: "")
            let (key, certificate) = (machine.scratch("key.pem"), machine.scratch("certificate.pem"))
            let made = try await RunningProgram(
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                ], program: Self.openssl
            ).finish()
            try #require(made.exitCode == 0, "\(made)")
            let server = try RunningProgram(
                [
                    "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, version,
                    "-cipher", "ALL:@SECLEVEL=0", "-www",
                ], program: Self.openssl)
            let talk: Result<ProgramRun, any Error>
            do {
                talk = .success(try await snapshots(machine, of: server, certificate))
            } catch {
                talk = .failure(error)
            }
            server.send(SIGKILL)
            _ = await server.exitCode()
            let run = try talk.get()
            #expect(run.exitCode == 1, "\(run)")
            // What was spoken to is no provider of S3.
            #expect(run.error.contains("TLS") != isSpoken, "\(run)")
        }

        /// What the program says of that server, on a machine whose system would have any version.
        private func snapshots(
            _ machine: Machine, of server: RunningProgram, _ certificate: String
        ) async throws -> ProgramRun {
            var port: Substring?
            while port == nil {
                let said = await server.nextOutput()
                try #require(!said.isEmpty, "the server has ended")
                port =
                    said.split(separator: "\n").first { $0.hasPrefix("ACCEPT 127.0.0.1:") }?
                    .split(separator: ":").last
            }
            try machine.configure(
                """
                [[provider]]
                name = "old"
                endpoint = "https://127.0.0.1:\(port!)"
                region = "r"
                bucket = "photos"
                access_key_id = "id"
                secret_access_key = "key"
                ca_file = "\(certificate)"
                """)
            let lax = machine.scratch("lax.cnf")
            try Data(
                """
                openssl_conf = all
                [all]
                ssl_conf = tls
                [tls]
                system_default = lax
                [lax]
                MinProtocol = TLSv1
                CipherString = DEFAULT:@SECLEVEL=0
                """.utf8
            ).write(to: URL(filePath: lax))
            return try await machine.run(
                "snapshots", environment: Machine.withPassword.merging(["OPENSSL_CONF": lax]) { $1 })
        }
    }
}
