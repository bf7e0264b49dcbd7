// The rows of the table that speak of buckets, objects, room and what passes: the later half of it.

extension Refusal {
    static let place: [Refusal] = [
        Refusal(
            "no bucket", [.codes("NoSuchBucket", "BucketNotFound"), .words("bucket does not exist")],
            .containerNotFound, "the bucket does not exist",
            hint: "create the bucket {bucket}, or correct its name in the configuration"),
        Refusal(
            "bucket name", [.codes("InvalidBucketName")], .containerNotFound,
            "the provider takes no bucket of that name",
            hint: "correct the name of the bucket {bucket} in the configuration"),
        Refusal("no object", [.codes("NoSuchKey")], .notFound, "no such object"),
        Refusal(
            "cold", [.codes("InvalidObjectState", "ObjectArchived*", "InvalidTargetStorageClass")],
            .inColdStorage, "the object is in cold storage",
            hint: "`photobackup restore --wait` asks for it and waits"),
        Refusal(
            "returning", [.codes("RestoreAlreadyInProgress", "ObjectRestoreAlreadyInProgress")],
            .inColdStorage,
            "the object is on its way back from cold storage",
            hint: "`photobackup restore --wait` asks for it and waits"),
    ]

    static let bytes: [Refusal] = [
        Refusal(
            "too large",
            [
                .codes(
                    "EntityTooLarge", "RequestEntityTooLarge", "PayloadTooLarge", "MaxMessageLengthExceeded"),
                .status(413...413),
            ], .unsupported, "the provider takes no object of {size}",
            hint:
                "raise its limit to 32 MiB: client_max_body_size of nginx, LimitRequestBody of Apache, or the like"
        )
    ]

    static let room: [Refusal] = [
        Refusal(
            "no room",
            [
                .codes(
                    "*Quota*", "StorageCapExceeded", "*StorageLimit*", "*StorageFull*",
                    "InsufficientStorage*",
                    "InsufficientSpace*", "InsufficientCapacity", "NoSpaceLeft*", "DiskFull*", "BucketFull*",
                    "SegmentsLimitExceeded", "ExceedsUploadLimit"),
                .status(507...507),
                Pattern(
                    statuses: [400...599],
                    words: [
                        "storage cap exceeded", "quota exceeded", "exceeded quota", "exceeded your quota",
                        "quota has been exceeded", "no space left", "not enough space", "disk full",
                        "storage limit", "storage quota",
                    ]),
            ], .outOfSpace, "no room left at the provider",
            hint: "raise the quota at the provider, or make room")
    ]

    static let passing: [Refusal] = [
        Refusal(
            "slow down",
            [
                .codes(
                    "SlowDown*", "TooManyRequests*", "RequestLimitExceeded", "BandwidthLimitExceeded",
                    "Throttl*"),
                .status(429...429),
            ], .throttled, "the provider asks to slow down"),
        Refusal(
            "request timeout", [.codes("RequestTimeout"), .status(408...408)], .timedOut,
            "the provider waited too long for the request"),
        Refusal(
            "too early", [.status(425...425)], .throttled, "the provider asks to try again later"),
        Refusal(
            "conflict",
            [
                .codes("OperationAborted", "ConcurrentModification", "ConditionalRequestConflict"),
                .status(409...409),
            ], .serverFailed, "the provider reports a conflict"),
    ]

    /// What the status alone tells.
    static let statuses: [Refusal] = [
        Refusal(
            "redirect", [.status(300...399)], .redirected,
            "the provider redirects to another address{location}",
            hint: "check endpoint and region in the configuration"),
        Refusal(
            "page", [Pattern(statuses: [400...400, 404...405], isPage: true)], .malformedAnswer,
            "a web page answered",
            hint: "check that {endpoint} is the S3 address, and not a web console's or a proxy's"),
        Refusal(
            "not implemented with a lock or a class",
            [
                Pattern(
                    statuses: [400...400, 405...405, 501...501], codes: ["NotImplemented"], request: .withLock
                ),
                Pattern(
                    statuses: [400...400, 405...405, 501...501], codes: ["NotImplemented"],
                    request: .withStorageClass),
            ], .unsupported, "the provider cannot do something that the request asks for",
            hint:
                "photobackup provider probe {name} shows whether the bucket takes lock_days and storage_class"
        ),
        Refusal(
            "not implemented", [.codes("NotImplemented", "MethodNotAllowed"), .status(405...405, 501...501)],
            .unsupported, "the provider cannot do this"),
        Refusal(
            "firewall", [Pattern(statuses: [403...403], isPage: true)], .accessDenied,
            "access denied by something before the provider",
            hint:
                "a proxy or a firewall answers for {endpoint}: look at https_proxy and no_proxy, or ask whoever runs it"
        ),
        Refusal(
            "may not delete",
            [
                Pattern(codes: ["AccessDenied"], request: .delete),
                Pattern(statuses: [403...403], request: .delete),
            ], .accessDenied, "this access key may not delete",
            hint: "name a profile whose key may delete as prune_profile, or allow it to this key"),
        Refusal(
            "access denied", [.codes("AccessDenied", "AllAccessDisabled"), .status(403...403)], .accessDenied,
            "access denied", hint: "allow the access key to {rights}"),
        Refusal("not found", [.status(404...404)], .notFound, "no such object"),
        Refusal(
            "range", [.status(416...416)], .damaged, "the object is shorter than the range asked for"),
        Refusal("server failed", [.status(500...599)], .serverFailed, "the provider failed"),
        Refusal(
            "anything else", [Pattern()], .malformedAnswer, "the provider refused the request",
            hint: "check that {endpoint} is the S3 address"),
    ]
}
