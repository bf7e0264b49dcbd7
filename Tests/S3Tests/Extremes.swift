/// What no provider answers, and one that is broken or hostile may: each number, date, length and name at its bounds, and
/// one beyond them.
enum Extremes {
    static let long = String(repeating: "x", count: 1 << 20)

    static let numbers = [
        "", "0", "1", "-1", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551616", "1e9", "0x10", " 7", "7.5",
    ]

    /// As in headers.
    static let httpDates = [
        "", "Fri, 31 Dec 9999 23:59:60 GMT", "Fri, 31 Dec 9999 23:59:59 -2359",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 01 Jan 0000 00:00:00 GMT", "Mon, 01 Jan 1900 00:00:00 +2359", "Sat, 31 Dec 2016 23:59:60 GMT",
        "Fri, 99 Foo 99999 99:99:99 GMT", "Fri, 15 Jan 9223372036854775807 08:00:00 GMT", long,
    ]

    /// As in listings.
    static let isoDates = [
        "", "9999-12-31T23:59:60Z", "9999-12-31T23:59:60-23:59", "0000-00-00T00:00:00Z",
        "1900-01-01T00:00:00+23:59",
        "2016-12-31T23:59:60.999999999Z", "99999-01-01T00:00:00Z", "0000-01-01T00:00:00Z", long,
    ]

    static let ranges = [
        "", "bytes 0-0/1", "bytes 9223372036854775806-9223372036854775806/9223372036854775807",
        "bytes 0-9223372036854775807/*", "bytes -1-5/3", "bytes 5-2/3", "bytes */0",
        "bytes 9223372036854775000-9223372036854775806/*", "bytes 1-18446744073709551616/*", long,
    ]

    static let names = [
        "", "/", "..", "packs/", "packs/\u{fffd}", "a%00b", "%", "%0", "%ff%fe", "&#x0;", "&#x8;", "packs//a",
        String(repeating: "packs/", count: 700), String(repeating: "a", count: 1025), long,
    ]

    /// Headers by their names, each with every value that it may be given.
    static let headers: [(name: String, values: [String])] = [
        ("content-length", numbers), ("content-range", ranges), ("date", httpDates),
        ("last-modified", httpDates), ("retry-after", numbers + httpDates),
        ("x-amz-object-lock-retain-until-date", isoDates), ("etag", ["", "\"\"", long]),
        (
            "x-amz-expiration",
            ["", "expiry-date=\"\"", "expiry-date=\"\(httpDates[1])\", rule-id=\"%\"", long]
        ),
        ("x-amz-restore", ["", "ongoing-request=", long]), ("x-amz-bucket-region", ["", "a\u{1}b", long]),
        ("x-amz-checksum-sha256", ["", "AAAA", long]), ("x-amz-version-id", ["", "null", long]),
        ("x-amz-storage-class", ["", "GLACIER", long]), ("location", ["", "http://", long]),
        ("content-encoding", ["", "gzip", long]), ("content-type", ["", "text/html", long]),
    ]

    /// Listings of objects and of versions, with each value at each place.
    static let listings: [String] = {
        func object(_ name: String, _ size: String, _ time: String) -> String {
            "<Contents><Key>\(name)</Key><Size>\(size)</Size><LastModified>\(time)</LastModified></Contents>"
        }
        let time = "2027-01-15T08:00:00Z"
        let end = "<IsTruncated>false</IsTruncated>"
        var bodies = numbers.map { number in
            (1...3).map { object("packs/\($0)", number, time) }.joined() + end
        }
        bodies += isoDates.map { object("packs/1", "1", $0) + end }
        bodies += names.map { object($0, "1", time) + "<EncodingType>url</EncodingType>" + end }
        bodies += names.map { object($0, "1", time) + "<IsTruncated>true</IsTruncated>" }
        bodies += names.map {
            object("packs/1", "1", time) + "<IsTruncated>true</IsTruncated>"
                + "<NextContinuationToken>\($0)</NextContinuationToken>"
        }
        bodies += ["", end, "<Contents/>\(end)", String(repeating: "<a>", count: 5000)]
        let versions = names.map { name in
            "<Version><Key>\(name)</Key><VersionId>\(name)</VersionId></Version>"
        }
        return bodies.map { "<ListBucketResult>\($0)</ListBucketResult>" }
            + versions.map { "<ListVersionsResult>\($0)</ListVersionsResult>" }
    }()

    static let errorBodies: [String] =
        ["AccessDenied", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed", "SlowDown", "", long].flatMap
    {
        code in
        ["", "us-west-1", "a\u{1}b", long].map { text in
            "<Error><Code>\(code)</Code><Message>\(text)</Message><Region>\(text)</Region></Error>"
        }
    } + ["", "{}", long, "<html><title>\(long)</title></html>"]
}
