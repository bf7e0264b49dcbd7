/// One part of the program that is measured by itself.
struct Part {
    enum Amount {
        /// Bytes that one run goes over; told as a speed.
        case bytes(Int)
        /// Things that one run does; told as the time of one.
        case operations(Int)
    }

    let name: String
    let amount: Amount
    let run: () async throws -> Void

    init(_ name: String, _ amount: Amount, run: @escaping () async throws -> Void) {
        self.name = name
        self.amount = amount
        self.run = run
    }

    /// Runs once to warm up, then in rounds for about a third of a second, at least five, and tells the median.
    func measure() async throws -> String {
        let clock = ContinuousClock()
        var times = [Duration]()
        try await run()
        let end = clock.now.advanced(by: .milliseconds(350))
        while times.count < 5 || clock.now < end { times.append(try await clock.measure(run)) }
        times.sort()
        let median = times[times.count / 2] / .nanoseconds(1)
        switch amount {
        case .bytes(let count): return "\(Int(Double(count) * 1000 / median)) MB/s"
        case .operations(let count): return "\(Int(median / Double(count))) ns each"
        }
    }
}

/// Keeps the compiler from leaving out what a part computes.
@inline(never) func consume<Value>(_ value: Value) {}
