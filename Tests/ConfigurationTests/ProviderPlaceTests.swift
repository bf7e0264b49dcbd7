import Configuration
import Foundation
import Testing

/// Two `[[provider]]` that are one place hold one copy, however they are written.
@Suite struct ProviderPlaceTests {
    private func s3(
        _ name: String, endpoint: String = "https://s3.example.com", bucket: String = "photos",
        prefix: String = "",
        more: String = ""
    ) -> String {
        """
        [[provider]]
        name = "\(name)"
        endpoint = "\(endpoint)"
        region = "eu"
        bucket = "\(bucket)"
        prefix = "\(prefix)"
        \(more)

        """
    }

    private func directory(_ name: String, _ path: String) -> String {
        "[[provider]]\nname = \"\(name)\"\npath = \"\(path)\"\n\n"
    }

    private func refusal(_ text: String) -> String? {
        do {
            _ = try parse(text)
            return nil
        } catch let error as ConfigurationError {
            #expect(error.code == .duplicate)
            #expect(error.hint != nil)
            return error.description
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test(arguments: [
        "https://s3.example.com", "https://S3.Example.COM/", "https://s3.example.com:443",
        "https://s3.example.com.",
    ])
    func oneBucketIsOnePlaceHoweverItsServerIsWritten(endpoint: String) {
        let text = refusal(s3("a") + s3("b", endpoint: endpoint, more: "addressing = \"virtual\""))
        #expect(text?.contains("'b' and 'a' are one place") == true, "\(text ?? "nothing")")
    }

    @Test(arguments: [
        ("https://s3.example.com:9000", "photos", ""), ("http://s3.example.com", "photos", ""),
        ("https://s3.example.org", "photos", ""), ("https://s3.example.com", "photos-2", ""),
        ("https://s3.example.com", "photos", "other"), ("https://s3.example.com", "photos", "packsaddles"),
    ])
    func anotherServerPortBucketOrPrefixIsAnotherPlace(endpoint: String, bucket: String, prefix: String) {
        #expect(refusal(s3("a") + s3("b", endpoint: endpoint, bucket: bucket, prefix: prefix)) == nil)
    }

    @Test(arguments: ["packs", "keyring/x", "snapshots/a/b", "meta", "probe", "shares"])
    func whatLiesInAFolderOfAnothersReplicaWouldMix(prefix: String) {
        for text in [s3("a") + s3("b", prefix: prefix), s3("b", prefix: prefix) + s3("a")] {
            #expect(refusal(text)?.contains("would mix") == true)
        }
        #expect(
            refusal(directory("a", "/disk") + directory("b", "/disk/\(prefix)"))?.contains("would mix")
                == true)
    }

    @Test(arguments: ["/disk/a", "/disk//a", "/disk/./a", "/disk/b/../a", "/disk/a/", "link", "linked/a"])
    func oneDirectoryIsOnePlaceByWhateverPath(path: String) throws {
        let scratch = try TemporaryDirectory()
        let files = FileManager.default
        for folder in ["a", "b"] {
            try files.createDirectory(
                atPath: "\(scratch.path)/disk/\(folder)", withIntermediateDirectories: true)
        }
        try files.createSymbolicLink(atPath: "\(scratch.path)/link", withDestinationPath: "disk/a")
        try files.createSymbolicLink(atPath: "\(scratch.path)/linked", withDestinationPath: "disk")
        let other = "\(scratch.path)/\(path)"
        let text = refusal(directory("one", "\(scratch.path)/disk/a") + directory("two", other))
        #expect(text?.contains("'two' and 'one' are one place") == true, "\(text ?? "nothing")")
        #expect(refusal(directory("one", "\(scratch.path)/disk/b") + directory("two", other)) == nil)
    }

    /// Neither is there, so that the file system cannot tell.
    @Test func oneDirectoryThatIsAwayIsOnePlaceToo() {
        #expect(refusal(directory("one", "/nowhere/disk") + directory("two", "/nowhere/./disk")) != nil)
        #expect(refusal(directory("one", "/nowhere/disk") + directory("two", "/nowhere/disk2")) == nil)
    }
}
