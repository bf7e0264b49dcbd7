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
    /// Whether a connection failed, so that the address is not to be used again.
    private var forgetsAddress = false

    init(mailbox: TransferMailbox, _ configuration: S3Configuration, _ statistics: RequestCounter) {
        self.mailbox = mailbox
        self.configuration = configuration
        self.statistics = statistics
    }

    /// Runs until the mailbox is closed. Every transfer submitted by then has ended.
    func run() {
        while let (submitted, abandonsOthers) = mailbox.take() {
            if abandonsOthers { abandonAll() }
            waiting.insert(contentsOf: submitted.filter(\.request.isUrgent), at: 0)
            waiting += submitted.filter { !$0.request.isUrgent }
            dropCancelled()
            startWaiting()
            var runningCount: Int32 = 0
            curl_multi_perform(mailbox.multi, &runningCount)
            finishCompleted()
            tune()
            watchSilences()
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

    /// Ends each transfer that is silent for longer than it may be, and sends one that is silent for longer than others
    /// again, once, on a connection of its own.
    private func watchSilences() {
        let now = ContinuousClock.now
        // A limited rate makes silences of its own.
        let isLimited = configuration.rateLimits != S3Configuration.RateLimits()
        let patience = isLimited ? nil : watch.patience
        for (handle, transfer) in active.values {
            let silence = transfer.silence.observe(movedByteCount: handle.progress(of: transfer), at: now)
            if transfer.hasReceived { statistics.noteAnswer(at: now) }
            transfer.hasReceived = false
            let limits = transfer.request.patience
            let byteCount = transfer.request.body?.count ?? 0
            let bodyIsGone = handle.bytesSent >= byteCount
            let isAnswerDue = bodyIsGone && transfer.receiver.status == 0
            let limit = isAnswerDue ? limits.answer : limits.stall
            if let failure = ConnectionWatch(timeouts: configuration.timeouts)
                .failure(handle.connecting, after: now - transfer.started)
            {
                complete(handle, transfer, .failure(failure))
            } else if let failure = slowness(of: transfer, handle, at: now, isAnswerDue, isLimited) {
                complete(handle, transfer, .failure(failure))
            } else if silence > limit {
                let seconds = max(1, silence.components.seconds)
                complete(
                    handle, transfer,
                    .failure(.curl(CURLE_OPERATION_TIMEDOUT, "nothing has moved for \(seconds) s")))
            } else if let patience, silence > patience, !transfer.isResent,
                limits.mayBeResent(bodyIsGone: bodyIsGone, byteCount: byteCount)
            {
                curl_multi_remove_handle(mailbox.multi, handle.easy)
                transfer.beginAgain()
                start(handle, transfer)
            }
        }
    }

    /// Why a transfer that is not silent is given up all the same.
    private func slowness(
        of transfer: Transfer, _ handle: CurlHandle, at now: ContinuousClock.Instant, _ isAnswerDue: Bool,
        _ isLimited: Bool
    ) -> TransferFailure? {
        let moved = handle.progress(of: transfer)
        let elapsed = now - (transfer.firstStarted ?? transfer.started)
        if elapsed > transfer.request.patience.total, !isLimited {
            return .tooSlow("it has not ended within \(elapsed.components.seconds) s")
        }
        guard !isAnswerDue, handle.connecting == .connected else {
            transfer.pace.rest(movedByteCount: moved, at: now)
            return nil
        }
        let window = transfer.request.patience.stall
        return transfer.pace.observe(movedByteCount: moved, at: now, window: window, isLimited: isLimited)
            .map { .tooSlow("\($0) bytes have moved in \(window.components.seconds) s") }
    }

    private func start(_ handle: CurlHandle, _ transfer: Transfer) {
        transfer.started = .now
        if transfer.firstStarted == nil { transfer.firstStarted = .now }
        transfer.pace = Pace(at: .now)
        handle.prepare(for: transfer, configuration, forgetsAddress: forgetsAddress)
        forgetsAddress = false
        curl_multi_add_handle(mailbox.multi, handle.easy)
    }

    /// Ends all that waits and all that is on its way: nobody is there to answer.
    private func abandonAll() {
        for transfer in waiting { transfer.finish(.failure(.abandoned)) }
        waiting = []
        for (handle, transfer) in active.values { complete(handle, transfer, .failure(.abandoned)) }
    }

    private func startWaiting() {
        while let first = waiting.first, first.request.isUrgent || active.count < connectionCount {
            let transfer = waiting.removeFirst()
            guard let handle = idle.popLast() ?? CurlHandle() else {
                transfer.finish(.failure(.curl(CURLE_OUT_OF_MEMORY, "no memory for a transfer")))
                continue
            }
            transfer.silence = Silence(at: .now)
            active[handle.easy] = (handle, transfer)
            start(handle, transfer)
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
        if transfer.receiver.hasTooLongHead {
            return .failure(
                .curl(
                    CURLE_WEIRD_SERVER_REPLY,
                    "its headers are longer than \(ResponseReceiver.headLimit) bytes"))
        }
        // An error's body that was long enough ends the transfer, but not the answer.
        let isCutError = code == CURLE_WRITE_ERROR && transfer.receiver.status >= 300
        guard code == CURLE_OK || isCutError else {
            return .failure(.curl(code, handle.message(for: code)))
        }
        _ = transfer.silence.observe(movedByteCount: handle.progress(of: transfer), at: .now)
        var answer = transfer.endAnswer()
        answer.duration = .now - transfer.started
        return .success(answer)
    }

    private func complete(_ handle: CurlHandle, _ transfer: Transfer, _ outcome: Transfer.Outcome) {
        curl_multi_remove_handle(mailbox.multi, handle.easy)
        active[handle.easy] = nil
        idle.append(handle)
        movedByteCount += transfer.movedByteCount
        statistics.count(sent: handle.bytesSent, received: handle.bytesReceived)
        switch outcome {
        case .success:
            watch.record(transfer.silence.longest)
            statistics.noteAnswer(at: .now)
        case .failure(.curl(CURLE_COULDNT_CONNECT, _)): forgetsAddress = true
        case .failure(.curl(CURLE_OPERATION_TIMEDOUT, _)) where handle.connecting != .connected:
            forgetsAddress = true
        default: break
        }
        transfer.finish(outcome)
    }
}

extension CurlHandle {
    /// What grows while the transfer makes progress: libcurl takes a large body into its buffer long before it is sent.
    fileprivate func progress(of transfer: Transfer) -> Int {
        transfer.movedByteCount + bytesSent + bytesReceived
    }
}
