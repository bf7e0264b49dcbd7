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
}
