/// How far a run is, at one moment.
public struct ProgressSnapshot: Sendable, Equatable {
    /// One provider's part in it.
    public struct Provider: Sendable, Equatable {
        public enum State: Sendable, Equatable {
            /// At work, with so many bytes sent or read.
            case active(byteCount: Int)
            /// Whole, after so many bytes.
            case done(byteCount: Int)
            case behind
            case failed
        }

        public let name: String
        public let state: State

        public init(name: String, state: State) {
            self.name = name
            self.state = state
        }
    }

    /// What is going on, as `scanning`; nil when the numbers say it.
    public var phase: String?
    public var files: Int
    /// nil while it is not known.
    public var filesTotal: Int?
    public var bytes: Int
    /// nil while it is not known.
    public var bytesTotal: Int?
    public var providers: [Provider]

    public init(
        phase: String? = nil, files: Int, filesTotal: Int? = nil, bytes: Int, bytesTotal: Int? = nil,
        providers: [Provider] = []
    ) {
        self.phase = phase
        self.files = files
        self.filesTotal = filesTotal
        self.bytes = bytes
        self.bytesTotal = bytesTotal
        self.providers = providers
    }
}
