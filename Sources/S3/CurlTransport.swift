internal import CCurl
internal import ObjectStore
internal import Synchronization
internal import Threads

/// Sends requests to one provider, from any task, over connections that it keeps: one thread, one multi handle,
/// one loop, so that a slow or dead provider holds up nobody else.
///
/// The thread ends with the transport.
final class CurlTransport: Sendable {
    let statistics = RequestCounter()
    private let mailbox: TransferMailbox

    static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ configuration: S3Configuration) throws(ObjectStoreError) {
        guard Self.isInitialized, let multi = curl_multi_init() else {
            throw ObjectStoreError(.system, store: configuration.name, reason: "libcurl cannot be set up")
        }
        curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.connections ?? ConnectionTuner.limit)
        let mailbox = TransferMailbox(multi: multi)
        self.mailbox = mailbox
        do {
            try startThread { [statistics] in
                TransferLoop(mailbox: mailbox, configuration, statistics).run()
            }
        } catch {
            mailbox.end()
            throw ObjectStoreError(
                .system, store: configuration.name, reason: "no thread for its transfers: \(error)")
        }
    }

    deinit { mailbox.close() }

    /// Ends all transfers that were submitted by now, as `abandoned`.
    func abandon() { mailbox.abandon() }

    /// The answer to a request, whatever its status. Cancelling the task ends the transfer.
    func send(_ request: HTTPRequest) async -> Transfer.Outcome {
        let cancellation = CancellationFlag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                mailbox.submit(Transfer(request, cancellation: cancellation, continuation: continuation))
            }
        } onCancel: {
            cancellation.set()
            mailbox.wake()
        }
    }
}
