// What providers and what stands before them have been seen to answer, and what helps. Most refusals are known by more
// names than AWS's own: a row is a cure, not a code.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the servers' own sources.

extension Refusal {
    static let table =
        transport + request + rights + account + place + bytes + room + passing + statuses

    private static let transport: [Refusal] = [
        // First of all: its words speak of Content-MD5 and checksums, too.
        Refusal(
            "other bytes",
            [
                .codes(
                    "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch",
                    "InvalidRange")
            ],
            .damaged, "the provider found other bytes than announced"),
        Refusal(
            "incomplete body", [.codes("IncompleteBody")], .connectionFailed,
            "the request did not arrive whole"),
        Refusal(
            "proxy wants a password", [.status(407...407)], .accessDenied,
            "the proxy wants a user name and a password",
            hint: "write them into https_proxy or http_proxy as http://USER:PASSWORD@HOST:PORT"),
        Refusal(
            "http where https is spoken",
            [.words("to https port", "to an https server", "plain http request was sent")], .malformedAnswer,
            "the provider speaks https here", hint: "write https:// in endpoint ({endpoint})"),
        Refusal(
            "https wanted",
            [Pattern(statuses: [400...499], words: ["securetransport", "ssl required", "https required"])],
            .accessDenied, "the provider refuses what is not encrypted on its way",
            hint: "write https:// in endpoint ({endpoint})"),
        Refusal(
            "user agent", [Pattern(statuses: [400...499], words: ["user-agent", "user agent"])],
            .accessDenied,
            "something before the provider refuses this program's User-Agent",
            hint: "ask whoever runs {endpoint} to let the User-Agent photobackup pass"),
    ]

    private static let request: [Refusal] = [
        Refusal(
            "checksum wanted",
            [
                Pattern(
                    statuses: [400...400], words: ["content-md5", "x-amz-checksum", "contentmd5"],
                    request: .put),
                Pattern(codes: ["MissingContentMD5"], request: .put),
            ], .unsupported,
            "the bucket wants a checksum with each object, and none that it was sent will do",
            hint: "photobackup provider probe {name} shows which checksums the provider takes"),
        Refusal(
            "no object lock",
            [
                .codes("ObjectLockConfigurationNotFoundError"),
                Pattern(
                    codes: ["InvalidRequest", "InvalidBucketState"],
                    words: ["object lock", "objectlock", "object-lock"]),
            ], .unsupported, "the bucket was made without object lock",
            hint:
                "make a bucket with object lock, or take lock_days out; photobackup provider probe {name} shows what holds"
        ),
        Refusal(
            "locked",
            [
                .codes("ObjectLocked", "InvalidObjectLockState"),
                Pattern(
                    statuses: [400...499],
                    words: [
                        "protected by object lock", "object is locked", "worm protected", "under retention",
                    ]),
            ], .accessDenied, "the object is locked",
            hint: "it can be replaced or deleted when its lock has ended"),
        Refusal(
            "lock refused", [Pattern(codes: ["InvalidRequest"], request: .withLock)], .unsupported,
            "the provider refused the request, which asks for a lock",
            hint: "photobackup provider probe {name} shows whether the bucket takes lock_days"),
        Refusal(
            "storage class",
            [
                .codes("InvalidStorageClass", "*StorageClass*"),
                Pattern(
                    statuses: [400...499, 501...501],
                    words: ["storage class", "storage-class", "storageclass"],
                    request: .withStorageClass),
            ], .unsupported, "the provider has no storage class {class}",
            hint:
                "take storage_class = \"{class}\" out of the configuration, or name a class that the provider has"
        ),
        Refusal(
            "path style",
            [
                Pattern(
                    codes: ["SecondLevelDomainForbidden", "PathStyle*", "VirtualHostDomainRequired"],
                    request: .pathStyle),
                Pattern(
                    statuses: [300...499],
                    words: [
                        "virtual hosted", "virtual-hosted", "virtual host style", "virtual-host style",
                        "path style", "path-style",
                    ], request: .pathStyle),
            ], .unsupported, "the provider refuses addresses with the bucket in the path",
            hint: "write addressing = \"virtual\" for this provider"),
        Refusal(
            "virtual host",
            [
                Pattern(
                    statuses: [300...499],
                    words: ["virtual hosted", "virtual-hosted", "virtual host", "path style", "path-style"],
                    request: .virtualHost)
            ], .unsupported, "the provider refuses addresses with the bucket in the host name",
            hint: "write addressing = \"path\" for this provider"),
        Refusal(
            "condition", [.codes("PreconditionFailed"), .status(412...412)], .alreadyExists,
            "an object of that name is there already"),
    ]

    private static let rights: [Refusal] = [
        Refusal(
            "clock",
            [
                .codes("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "RequestNotYetValid"),
                .words("request has expired", "difference between the request time"),
            ], .clockSkewed, "this machine's clock and the provider's are too far apart",
            hint: "set this machine's clock; `timedatectl` shows whether it is synchronised"),
        Refusal(
            "no access key",
            [
                Pattern(
                    codes: ["AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"],
                    words: ["access key", "akid"])
            ], .credentialsRefused, "the access key is no access key",
            hint: "check the access key id: nothing but the key itself belongs there"),
        Refusal(
            "region",
            [
                .codes(
                    "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                    "IllegalLocationConstraint*", "InvalidRegion*", "InvalidLocationConstraint",
                    "IncorrectEndpoint", "WrongRegion"),
                Pattern(
                    statuses: [300...403],
                    words: [
                        "region is wrong", "region does not match", "wrong region", "unexpected scope",
                        "credential should be scoped to a valid region", "incorrect region",
                    ]),
            ], .wrongRegion, "the bucket is in another region",
            hint: "check endpoint and region in the configuration"),
        Refusal(
            "ended key",
            [
                .codes("ExpiredToken*", "TokenRefreshRequired", "TokenExpired", "RequestExpiredToken"),
                Pattern(statuses: [400...403], words: ["token has expired", "token is expired"]),
            ], .credentialsRefused, "the temporary access key has ended",
            hint:
                "get a new one where this one came from; credentials_command and credential_process do it by themselves"
        ),
        Refusal(
            "unknown key",
            [
                .codes(
                    "InvalidAccessKeyId", "InvalidToken*", "InvalidClientTokenId", "InvalidSecurity*",
                    "UnrecognizedClientException", "MalformedSecurityToken*", "Unauthorized*", "AuthFailure",
                    "InvalidCredentials", "AccessKeyDisabled", "XMinioInvalid*AccessKey*"),
                .status(401...401),
            ], .credentialsRefused, "the access key is refused",
            hint: "check the access key id, that the key was not deleted, and that it belongs to {endpoint}"),
        Refusal(
            "wrong secret", [.codes("SignatureDoesNotMatch", "InvalidSignature*", "RequestSignature*")],
            .signatureRefused, "the signature is refused",
            hint: "check the secret access key: it does not belong to the access key id"),
        Refusal(
            "encryption key",
            [
                .codes("KMS.*", "KMSDisabled*", "KMSNotFound*"),
                Pattern(statuses: [400...403], words: ["kms:", "kms key"]),
            ], .accessDenied, "the bucket's own encryption key may not be used",
            hint:
                "allow the access key to use the KMS key of the bucket {bucket}: kms:GenerateDataKey and kms:Decrypt"
        ),
    ]

    private static let account: [Refusal] = [
        Refusal(
            "spending cap",
            [
                .codes("TransactionCapExceeded", "DownloadCapExceeded", "BandwidthCapExceeded"),
                Pattern(
                    statuses: [400...429],
                    words: ["transaction cap", "bandwidth cap", "bandwidth or transaction", "download cap"]),
            ], .accessDenied, "a cap on spending at the provider is reached",
            hint: "raise the cap in the provider's console, or wait until it begins anew"),
        Refusal(
            "account",
            [
                .codes(
                    "AccountProblem", "AllAccessDisabled", "NotSignedUp", "UserSuspended", "UserDisable*",
                    "Account*Suspended", "AccountSuspended", "*Overdue*", "*Arrears*", "PaymentRequired",
                    "Billing*", "InvalidPayer", "*UserProjectAccountProblem", "AccountDisabled"),
                .status(402...402),
                Pattern(
                    statuses: [400...403],
                    words: ["billing", "overdue", "arrears", "is suspended", "been suspended", "payment"]),
            ], .accessDenied, "the provider has closed the account, or wants to be paid",
            hint: "look at the account and its bills in the provider's console"),
    ]

    private static let place: [Refusal] = [
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

    private static let bytes: [Refusal] = [
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

    private static let room: [Refusal] = [
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

    private static let passing: [Refusal] = [
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
    private static let statuses: [Refusal] = [
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
