internal import Configuration
internal import Foundation
internal import Sharing
internal import Vault

/// What others have shared with this person, two files each: the grant, which is sealed, and where the replicas are, with
/// the credentials for them, as a configuration file that the person may change.
struct AcceptedShares {
    let folder: String

    /// In the order of their names.
    var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".grant") }.map { String($0.dropLast(6)) }.sorted()
    }

    func has(_ name: String) -> Bool { Self.isName(name) && names.contains(name) }

    func grantFile(_ name: String) -> String { "\(folder)/\(name).grant" }

    /// Where the replicas are.
    func configurationFile(_ name: String) -> String { "\(folder)/\(name).toml" }

    /// - Throws: `CommandError` where it cannot be read.
    func grant(_ name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: grantFile(name)) else {
            throw CommandError(what: grantFile(name), why: "it cannot be read")
        }
        return GrantText.decode([UInt8](data))
    }

    /// Keeps a grant.
    ///
    /// - Parameter providers: nil to leave what is there of them.
    func keep(_ grant: [UInt8], as name: String, providers: [ProviderList.Provider]?) throws {
        if let providers {
            var file = NewConfiguration(
                providers: providers.map { listed in
                    var provider = NewConfiguration.Provider(listed)
                    provider.set("access_key_id", listed.accessKeyID)
                    provider.set("secret_access_key", listed.secretAccessKey)
                    return provider
                })
            file.remarks = ["Where what was shared as \(name) is. Written by photobackup share accept."]
            try file.write(to: configurationFile(name), replacing: true)
        }
        try PrivateText(GrantText.encode(grant) + "\n").write(to: grantFile(name), replacing: true)
    }

    /// Whether a collection's name can name two files.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200 && !text.hasPrefix(".")
            && !text.unicodeScalars.contains {
                $0 == "/" || $0 == "@" || $0.properties.generalCategory == .control
            }
    }
}
