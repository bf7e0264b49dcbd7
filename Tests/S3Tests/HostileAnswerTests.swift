import ObjectStore
import SoakTesting
import Testing

@testable import S3

/// Seeded changes to what a provider answers, 20,000 of them unless the environment says otherwise. None may crash
/// or hang a reader, and nothing that is taken from them may be larger than they are.
@Suite struct HostileAnswerTests {
    static let seeds = Array(Soak.seeds("MUTATION_SEEDS", default: 4))
    private static let countPerSeed = Soak.count("MUTATIONS", default: 5_000)

    private static let listing = Array(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name><Prefix>v/</Prefix>\
        <KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated>\
        <Contents><Key>v/a/1</Key><LastModified>2027-01-15T08:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>\
        <Size>7</Size><Owner><ID>me</ID><DisplayName/></Owner></Contents>\
        <Contents><Key>v/a/2</Key><LastModified>2027-01-15T08:00:01Z</LastModified><Size>9223372036854775807</Size>\
        </Contents><Contents><Key><![CDATA[v/b]]></Key><LastModified>2027-01-15T08:00:00.000Z</LastModified>\
        <Size>0</Size></Contents><CommonPrefixes><Prefix>v/c/</Prefix></CommonPrefixes>\
        <NextContinuationToken>token&amp;&#x20;1</NextContinuationToken></ListBucketResult>
        """.utf8)

    private static let error = Array(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'x' is wrong; expecting \
        &apos;eu-central-1&apos;</Message><Region>eu-central-1</Region><RequestId>1</RequestId></Error>
        """.utf8)

    /// What makes XML readers run wild.
    private static let donor = Array(
        """
        <!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]>\
        <a>&c;&x;&#0;&#xD800;&#1114112;</a><![CDATA[]]><!-- -- --><?pi?><b:c xmlns:b="u"/>\u{0}\u{feff}\
        <Contents></Contents></ListBucketResult><IsTruncated>false</IsTruncated><Size>-1</Size><Size>1e9</Size>
        """.utf8)

    private func mutate(_ original: [UInt8], seed: UInt64, _ read: ([UInt8]) -> String?) {
        var generator = SeededGenerator(seed: seed)
        for number in 0..<Self.countPerSeed {
            let changed = Mutation.apply(to: original, donor: Self.donor, using: &generator)
            guard let finding = read(changed) else { continue }
            Issue.record("seed \(seed), change \(number): \(finding): \(changed)")
            return
        }
    }

    @Test("a listing has names in order, below its prefix, or is refused", arguments: seeds)
    func listings(_ seed: UInt64) {
        mutate(Self.listing, seed: seed) { bytes in
            let page: ListPage
            do throws(MalformedXML) {
                let answer = try ObjectBytes(bytes).withUnsafeBytes { bytes throws(MalformedXML) in
                    try ListAnswer.read(bytes)
                }
                page = try answer.page(under: "v/", prefix: "", after: nil)
            } catch {
                return error.reason.isEmpty ? "refused without a reason" : nil
            }
            let names = page.objects.map(\.key)
            if names != names.sorted() { return "names out of order" }
            if page.objects.contains(where: { $0.byteCount < 0 }) { return "a size below zero" }
            let length = page.foreignNames.reduce(names.reduce(0) { $0 + $1.rawValue.utf8.count }) {
                $0 + $1.utf8.count
            }
            return length <= bytes.count ? nil : "more names than the answer has bytes"
        }
    }

    @Test("an error's body is read as far as it goes", arguments: seeds)
    func errors(_ seed: UInt64) {
        mutate(Self.error, seed: seed) { bytes in
            let answer = bytes.withUnsafeBytes { ErrorAnswer($0) }
            let length = [answer.code, answer.message, answer.region].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
            return length <= bytes.count ? nil : "more words than the answer has bytes"
        }
    }

    @Test("an answer's head is taken as it is", arguments: seeds)
    func heads(_ seed: UInt64) {
        let head = Array(
            """
            HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100\r\nRetry-After: 5\r\n\
            Date: Fri, 15 Jan 2027 08:00:00 GMT\r\nLast-Modified: Fri, 15 Jan 2027 08:00:00 GMT\r\nETag: "e"\r\n\r\n
            """.utf8)
        mutate(head, seed: seed) { bytes in
            var receiver = ResponseReceiver(limit: 1 << 10, keptRange: 0..<10)
            for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
                _ = Array(line).withUnsafeBytes { receiver.receiveHeader($0) }
            }
            _ = bytes.withUnsafeBytes { receiver.receiveBody($0) }
            let response = receiver.finish()
            _ = ReceivedObject(response, range: 0..<10).verdict
            _ = response.headers["last-modified"].flatMap { Timestamp.parse(httpDate: $0) }
            return response.body.count <= bytes.count ? nil : "a body longer than what came"
        }
    }
}
