// swift-tools-version: 6.2
// The manifest is the architecture: a target may import only what stands below it.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A C library from Debian, imported by one Swift target only.
func cLibrary(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig,
        providers: [.apt([package])])
}

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// A library that only tests use.
func testSupport(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "photobackup",
    products: [
        .executable(name: "photobackup", targets: ["photobackup"]),
        .library(name: "S3Signer", targets: ["S3Signer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swhitty/FlyingFox.git", exact: "0.27.1"),
    ],
    targets: [
        // Commands, one file each, and how an error becomes a message and an exit code.
        .executableTarget(
            name: "photobackup",
            dependencies: [
                "Sharing", "Mounting", "Backup", "Vault", "Replicator", "S3", "S3Signer", "ObjectStore",
                "Crypto", "Configuration", "Processes", "Kit", "Dashboard", "Fuse", "Pictures", "Terminal",
                "Threads", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "FlyingFox", package: "FlyingFox"),
            ],
            swiftSettings: strict),

        // The configuration file, and where passwords and credentials come from.
        target("Configuration", ["TOMLKit", "S3Signer", "Crypto", "Processes", "Threads"]),

        // How other programs are started, and what they are told.
        target("Processes", ["CLinux"]),

        // The emergency kit's page, of plain values, as HTML and as text.
        target("Kit", ["CQRencode"]),

        // The pages that show the state of a vault in a browser, of plain values.
        target("Dashboard", ["Terminal"]),

        // A read-only file system in a folder of this machine, whatever it shows.
        target("Fuse", ["CFuse", "Threads"]),

        // What cameras wrote, and small pictures of large ones, for a process that has nothing to lose.
        target("Pictures", ["CTurboJPEG"]),

        // Text and JSON output, the progress line, signals, exit codes.
        target("Terminal", ["Threads"]),

        // What is given to other people: links, and grants of whole collections.
        target("Sharing", ["Backup", "Vault", "Replicator", "S3", "ObjectStore", "Crypto", "CViewer"]),

        // Snapshots as a file system that is read from the replicas.
        target("Mounting", ["Fuse", "Backup", "Vault", "Replicator", "Crypto"]),

        // Flows, one file a verb; the scanner, the packer, the catalog.
        target(
            "Backup",
            [
                "Vault", "Replicator", "Threads", "CLinux", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),

        // The stored format: no network, no file tree.
        .target(
            name: "Vault",
            dependencies: [
                "Crypto", "ObjectStore", "CZstd",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Schema/photobackup.proto"],
            swiftSettings: strict),

        // Put to a quorum, get with failover, compare, heal: on any store; no key, no HTTP.
        target("Replicator", ["ObjectStore", "Crypto"]),

        // S3 over libcurl.
        target("S3", ["ObjectStore", "S3Signer", "Crypto", "Threads", "CCurl", "CXML2"]),

        // The storage protocol, its errors, and a directory as a store.
        target(
            "ObjectStore", ["Crypto", "Threads", .product(name: "SystemPackage", package: "swift-system")]),

        // Signature Version 4 as a pure function.
        target("S3Signer", ["Crypto"]),

        // libsodium and libcrypto in Swift.
        target("Crypto", ["CSodium", "COpenSSL"]),

        // Threads of our own, for what blocks, and whether there are any to be had.
        target("Threads", []),

        // Benchmarks of parts, for `swift run -c release bench-parts`; not shipped.
        .executableTarget(
            name: "bench-parts",
            dependencies: [
                "Backup", "Vault", "Replicator", "S3", "S3Signer", "ObjectStore", "ObjectStoreTesting",
                "Crypto",
            ],
            path: "bench/parts", swiftSettings: strict),

        cLibrary("CSodium", pkgConfig: "libsodium", package: "libsodium-dev"),
        cLibrary("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
        cLibrary("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        cLibrary("CXML2", pkgConfig: "libxml-2.0", package: "libxml2-dev"),
        cLibrary("CZstd", pkgConfig: "libzstd", package: "libzstd-dev"),
        cLibrary("CQRencode", pkgConfig: "libqrencode", package: "libqrencode-dev"),
        cLibrary("CTurboJPEG", pkgConfig: "libturbojpeg", package: "libturbojpeg0-dev"),
        cLibrary("CFuse", pkgConfig: "fuse3", package: "libfuse3-dev"),
        .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),
        .target(name: "CViewer", path: "Sources/CLibraries/CViewer"),

        tests(
            "BackupTests",
            [
                "Backup", "Vault", "Replicator", "ObjectStore", "ObjectStoreTesting", "SoakTesting", "Crypto",
                "CLinux", "ProgramTesting", "ServerTesting", "S3", "S3Signer",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], resources: [.copy("Databases/catalog.py")]),
        tests(
            "SharingTests",
            ["Sharing", "Backup", "Vault", "Replicator", "ObjectStore", "ObjectStoreTesting", "Crypto"]),
        tests(
            "MountingTests",
            ["Mounting", "Fuse", "Backup", "Vault", "Replicator", "ObjectStoreTesting", "Crypto"]),
        tests("PicturesTests", ["Pictures", "PictureTesting"]),
        tests("DashboardTests", ["Dashboard"]),
        tests("CryptoTests", ["Crypto"]),
        tests(
            "VaultTests",
            [
                "Vault", "ObjectStore", "SoakTesting", "Crypto",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        tests(
            "ReplicatorTests",
            ["Replicator", "ObjectStore", "ObjectStoreTesting", "SoakTesting", "Crypto"]),

        // Seeds and counts of the randomised tests, which scripts/soak.sh runs in full.
        testSupport("SoakTesting", []),

        // Pictures as cameras write them, and as nobody should.
        testSupport("PictureTesting", ["SoakTesting"]),

        // Stores for tests, and what every store must do.
        testSupport("ObjectStoreTesting", ["ObjectStore", "Crypto"]),
        testSupport("ObjectStoreConformance", ["ObjectStore", "Crypto"]),
        tests("ObjectStoreTests", ["ObjectStore", "ObjectStoreTesting", "ObjectStoreConformance", "Crypto"]),
        // Real S3 servers, run by scripts/servers.sh.
        testSupport("ServerTesting", ["S3", "S3Signer", "ProgramTesting"]),
        tests(
            "S3Tests",
            [
                "S3", "S3Signer", "ObjectStore", "ObjectStoreTesting", "ObjectStoreConformance", "Crypto",
                "ServerTesting", "SoakTesting",
            ]),
        tests("ConfigurationTests", ["Configuration", "Processes", "S3Signer", "Crypto"]),
        tests("TerminalTests", ["Terminal"]),

        // The built program as a child process, and the Python of the tests.
        testSupport("ProgramTesting", []),
        // Calls that a process tries which has given them up.
        .target(name: "SandboxTesting", dependencies: ["CLinux"], path: "Tests/SandboxTesting"),
        tests(
            "CommandTests",
            [
                "photobackup", "Processes", "ProgramTesting", "PictureTesting", "SandboxTesting",
                "SoakTesting", "CLinux",
            ], resources: [.copy("failing_calls.c")]),
        tests(
            "EndToEndTests",
            [
                "photobackup", "ProgramTesting", "PictureTesting", "ServerTesting", "SoakTesting", "S3",
                "ObjectStore", "Crypto", "CLinux",
            ],
            resources: [
                .copy("hostile_vault.py"), .copy("bucket_user.py"), .copy("forgetful_disk.py"),
                .copy("behind_name_servers.py"),
            ]),

        tests(
            "S3SignerTests", ["S3Signer", "SoakTesting", "ProgramTesting", "Crypto"],
            resources: [.copy("aws-signing-suite"), .copy("botocore_oracle.py")]),
    ]
)
