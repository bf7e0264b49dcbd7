internal import Crypto
internal import Synchronization
internal import Vault

/// A pack that is being filled; it has a name only when it is closed.
final class OpenPack: Sendable {
    private let name = Mutex<SHA256Digest?>(nil)

    var digest: SHA256Digest? { name.withLock { $0 } }

    func close(as digest: SHA256Digest) { name.withLock { $0 = digest } }
}

/// A chunk of content that this run has met: stored before, or sealed into a pack that may still be open.
///
/// Shared by all files that have this content.
final class PendingChunk: Sendable {
    private enum State {
        case claimed
        case sealed(OpenPack, SealedPlace)
        case stored(Reference)
    }

    let id: SHA256Digest
    private let state = Mutex<State>(.claimed)

    init(id: SHA256Digest) { self.id = id }

    func resolve(as reference: Reference) { state.withLock { $0 = .stored(reference) } }

    func resolve(in pack: OpenPack, at place: SealedPlace) {
        state.withLock { $0 = .sealed(pack, place) }
    }

    /// The chunk's reference; nil until its pack is closed.
    var reference: Reference? {
        state.withLock { state in
            switch state {
            case .claimed: return nil
            case .stored(let reference): return reference
            case .sealed(let pack, let place):
                guard let digest = pack.digest else { return nil }
                let reference = Reference(pack: digest, place: place, chunkID: id)
                state = .stored(reference)
                return reference
            }
        }
    }
}
