/// What the first page shows, as plain values. Times are in seconds since 1970.
public struct DashboardModel: Sendable {
    /// When this was so.
    public var time: Int64
    public var vault: String
    public var replicas: [Replica] = []
    /// How many of the replicas are the same place as another one, and so no copy more.
    public var aliasCount = 0
    /// How many copies there can be.
    public var placeCount: Int { replicas.count - aliasCount }
    public var collections: [Collection] = []
    public var sources: [Source] = []
    public var days: [Day] = []
    /// How many files have the day of their last change: nobody knows when they were taken.
    public var undatedFileCount = 0
    public var readBack = ReadBack()
    /// Newest first.
    public var runs: [Run] = []
    public var drill: Drill?
    public var shares: [Share] = []
    public var kitTested: Int64?

    public init(time: Int64, vault: String) {
        self.time = time
        self.vault = vault
    }

    public struct Replica: Sendable {
        public var name: String
        public var isReachable = true
        /// It answers, and will not be used: its key is refused, or its bucket is not there.
        public var isRefusing = false
        /// What the provider announces that it will delete.
        public var announcement: String?
        /// It does not answer, as is expected of it now.
        public var isAway = false
        /// What it lacks, and has lost.
        public var missingCount = 0
        public var missingBytes: Int64 = 0
        public var damageCount = 0
        public var behindSince: Int64?
        /// Why it does not answer, or lacks something.
        public var reason: String?
        public var objectCount = 0
        public var byteCount: Int64 = 0
        public var lastWrite: Int64?
        public var lastVerified: Int64?
        /// `list`, `checksum`, `read` or `decrypt`.
        public var lastVerifiedLevel: String?

        public init(name: String) { self.name = name }
    }

    public struct Collection: Sendable {
        public var name: String
        public var fileCount: Int
        public var byteCount: Int64
        /// When its newest snapshot was finished.
        public var newest: Int64
        public var snapshotCount: Int
        public var unreadableCount: Int

        public init(
            name: String, fileCount: Int, byteCount: Int64, newest: Int64, snapshotCount: Int,
            unreadableCount: Int
        ) {
            (self.name, self.fileCount, self.byteCount) = (name, fileCount, byteCount)
            (self.newest, self.snapshotCount, self.unreadableCount) = (newest, snapshotCount, unreadableCount)
        }
    }

    /// A source folder of a collection.
    public struct Source: Sendable {
        public var collection: String
        public var label: String
        /// How many files are whole at no place, at one, at two, …; empty where nothing of it was ever stored.
        public var fileCounts: [Int]
        public var byteCount: Int64

        public init(collection: String, label: String, fileCounts: [Int], byteCount: Int64) {
            (self.collection, self.label) = (collection, label)
            (self.fileCounts, self.byteCount) = (fileCounts, byteCount)
        }

        public var fileCount: Int { fileCounts.reduce(0, +) }
    }

    /// The files of one day: that on which they were taken, or last changed.
    public struct Day: Sendable {
        /// Days since 1 January 1970.
        public var number: Int
        public var fileCount: Int
        public var lowestPlaceCount: Int

        public init(number: Int, fileCount: Int, lowestPlaceCount: Int) {
            (self.number, self.fileCount, self.lowestPlaceCount) = (number, fileCount, lowestPlaceCount)
        }
    }

    /// Which share of the bytes was read back within the last days, over time.
    public struct ReadBack: Sendable {
        public struct Sample: Sendable {
            public var time: Int64
            /// From 0 to 1, by the replicas' places; nil for one that was none of the vault's then.
            public var shares: [Double?]

            public init(time: Int64, shares: [Double?]) { (self.time, self.shares) = (time, shares) }
        }

        public var days = 30
        /// Oldest first.
        public var samples: [Sample] = []

        public init() {}
    }

    public struct Run: Sendable {
        public var command: String
        public var started: Int64
        public var ended: Int64
        public var exitCode: Int32

        public init(command: String, started: Int64, ended: Int64, exitCode: Int32) {
            (self.command, self.started) = (command, started)
            (self.ended, self.exitCode) = (ended, exitCode)
        }
    }

    public struct Drill: Sendable {
        public var time: Int64
        public var fileCount: Int
        public var proved: [String]
        public var failed: [String]

        public init(time: Int64, fileCount: Int, proved: [String], failed: [String]) {
            (self.time, self.fileCount, self.proved, self.failed) = (time, fileCount, proved, failed)
        }
    }

    public struct Share: Sendable {
        public var title: String
        public var collection: String
        /// A person, or nil for a link, which whoever has it can open.
        public var person: String?
        public var created: Int64
        /// nil where it lasts until it is revoked.
        public var ends: Int64?

        public init(title: String, collection: String, person: String?, created: Int64, ends: Int64?) {
            (self.title, self.collection, self.person) = (title, collection, person)
            (self.created, self.ends) = (created, ends)
        }
    }
}
