internal import CCurl

/// What the transport's thread does: starts transfers, moves bytes, hands back outcomes.
final class TransferLoop {
    private let mailbox: TransferMailbox
    private let configuration: S3Configuration
    private let statistics: RequestCounter
    /// In order of arrival. They wait here and not in libcurl, where their time to connect would run.
    private var waiting: [Transfer] = []
    private var active: [UnsafeMutableRawPointer: (handle: CurlHandle, transfer: Transfer)] = [:]
    private var idle: [CurlHandle] = []
    private var tuner = ConnectionTuner()
    private var watch = SilenceWatch()
    /// Of transfers that have ended.
    private var movedByteCount = 0

    init(mailbox: TransferMailbox, _ configuration: S3Configuration, _ statistics: RequestCounter) {
        self.mailbox = mailbox
        self.configuration = configuration
        self.statistics = statistics
    }

    /// Runs until the mailbox is closed. Every transfer submitted by then has ended.
    func run() {
        while let submitted = mailbox.take() {
            waiting += submitted
            dropCancelled()
            startWaiting()
            var runningCount: Int32 = 0
            curl_multi_perform(mailbox.multi, &runningCount)
            finishCompleted()
            tune()
            resendSilent()
            if !waiting.isEmpty, active.count < connectionCount { continue }
            // Returns early for a socket, for one of libcurl's own timers, and when it is woken.
            let longest = active.isEmpty ? 60_000 : SilenceWatch.interval.wholeMilliseconds
            curl_multi_poll(mailbox.multi, nil, 0, Int32(longest), nil)
        }
        // Handles go before the multi handle that knows their connections.
        idle = []
        mailbox.end()
    }

    private var connectionCount: Int { configuration.connections ?? tuner.count }

    private func tune() {
        guard configuration.connections == nil else { return }
        let moving = active.values.reduce(0) { $0 + $1.transfer.movedByteCount }
        tuner.observe(
            byteCount: movedByteCount + moving, at: .now,
            isFull: !waiting.isEmpty && active.count >= connectionCount)
    }

    /// Sends each transfer that is silent for too long again, once, on a connection of its own.
    private func resendSilent() {
        // A limited rate makes silences of its own.
        guard configuration.rateLimits == S3Configuration.RateLimits() else { return }
        let (now, patience) = (ContinuousClock.now, watch.patience)
        for (handle, transfer) in active.values {
            let silence = transfer.silence.observe(movedByteCount: transfer.movedByteCount, at: now)
            guard let patience, silence > patience, !transfer.isResent else { continue }
            curl_multi_remove_handle(mailbox.multi, handle.easy)
            transfer.beginAgain()
            handle.prepare(for: transfer, configuration)
            curl_multi_add_handle(mailbox.multi, handle.easy)
        }
    }

    private func startWaiting() {
        while !waiting.isEmpty, active.count < connectionCount {
            let transfer = waiting.removeFirst()
            guard let handle = idle.popLast() ?? CurlHandle() else {
                transfer.finish(.failure(.curl(CURLE_OUT_OF_MEMORY, "no memory for a transfer")))
                continue
            }
            transfer.silence = Silence(at: .now)
            handle.prepare(for: transfer, configuration)
            active[handle.easy] = (handle, transfer)
            curl_multi_add_handle(mailbox.multi, handle.easy)
        }
    }

    private func dropCancelled() {
        waiting.removeAll { transfer in
            guard transfer.cancellation.isSet else { return false }
            transfer.finish(.failure(.cancelled))
            return true
        }
        for (handle, transfer) in active.values where transfer.cancellation.isSet {
            complete(handle, transfer, .failure(.cancelled))
        }
    }

    private func finishCompleted() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(mailbox.multi, &remaining)?.pointee {
            guard message.msg == CURLMSG_DONE, let easy = message.easy_handle,
                let (handle, transfer) = active[easy]
            else { continue }
            complete(handle, transfer, outcome(of: transfer, message.data.result, handle))
        }
    }

    private func outcome(of transfer: Transfer, _ code: CURLcode, _ handle: CurlHandle) -> Transfer.Outcome {
        if transfer.receiver.isTooLarge { return .failure(.tooLarge) }
        // An error's body that was long enough ends the transfer, but not the answer.
        let isCutError = code == CURLE_WRITE_ERROR && transfer.receiver.status >= 300
        guard code == CURLE_OK || isCutError else {
            return .failure(.curl(code, handle.message(for: code)))
        }
        _ = transfer.silence.observe(movedByteCount: transfer.movedByteCount, at: .now)
        return .success(transfer.endAnswer())
    }

    private func complete(_ handle: CurlHandle, _ transfer: Transfer, _ outcome: Transfer.Outcome) {
        curl_multi_remove_handle(mailbox.multi, handle.easy)
        active[handle.easy] = nil
        idle.append(handle)
        movedByteCount += transfer.movedByteCount
        statistics.count(sent: handle.bytesSent, received: handle.bytesReceived)
        if case .success = outcome { watch.record(transfer.silence.longest) }
        transfer.finish(outcome)
    }
}
