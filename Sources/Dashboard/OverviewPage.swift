internal import Terminal

/// The first page: whether all is well, and what that is drawn from.
public struct OverviewPage: Sendable {
    private let model: DashboardModel
    private let place: WebPage.Place
    private let formToken: String?

    /// - Parameters:
    ///   - place: `.overview`, or `.file`, which has neither links nor forms.
    ///   - formToken: what a form of this page must send back.
    public init(_ model: DashboardModel, place: WebPage.Place, formToken: String? = nil) {
        (self.model, self.place, self.formToken) = (model, place, formToken)
    }

    public var page: WebPage {
        WebPage(
            title: "Vault", place: place,
            body: [
                verdict, replicas, coverage, calendar, readBack, runs, drill, shares,
                "<p class=\"soft\">Vault \(model.vault)</p>",
            ])
    }

    private var verdict: HTML {
        let verdict = Verdict(model)
        let again: HTML =
            if let formToken {
                """
                <form class="inline" method="post" action="/look">\
                <input type="hidden" name="form" value="\(formToken)"><button>Look again</button></form>
                """
            } else { "" }
        return """
            <p class="verdict \(verdict.level.rawValue)" role="status">\(verdict.sentence)</p>
            <div class="soft">As of \(momentText(model.time)). \(again)</div>
            """
    }

    // MARK: - Replicas

    private var replicas: HTML {
        "<section><h2>Replicas</h2><div class=\"cards\">\(model.replicas.map(card))</div></section>"
    }

    private func card(_ replica: DashboardModel.Replica) -> HTML {
        let (level, state) = Self.state(replica)
        let verified = replica.lastVerified.map {
            "\(momentText($0)) (\(replica.lastVerifiedLevel ?? "list"))"
        }
        let since: HTML = replica.behindSince.map { "<dt>Behind since</dt><dd>\(momentText($0))</dd>" } ?? ""
        let reason: HTML = replica.reason.map { "<p class=\"soft\">\(singleLine($0))</p>" } ?? ""
        return """
            <article class="card"><h3>\(replica.name)</h3>
            <p class="state \(level.rawValue)">\(state)</p>
            <dl><dt>Objects</dt><dd>\(HumanReadable.count(replica.objectCount))</dd>
            <dt>Bytes</dt><dd>\(byteText(replica.byteCount))</dd>
            <dt>Last write</dt><dd>\(replica.lastWrite.map(momentText) ?? "never")</dd>
            <dt>Last verified</dt><dd>\(verified ?? "never")</dd>\(since)</dl>\(reason)</article>
            """
    }

    private static func state(_ replica: DashboardModel.Replica) -> (Verdict.Level, String) {
        if replica.damageCount > 0 {
            return (.danger, "\(HumanReadable.count(replica.damageCount, "object")) lost or altered")
        }
        if replica.isAway { return (.well, "Away, as expected") }
        if replica.announcement != nil { return (.danger, "Will lose what it has") }
        if !replica.isReachable {
            return (.attention, replica.isRefusing ? "Cannot be used" : "Does not answer")
        }
        if replica.missingCount > 0 {
            let missing = HumanReadable.count(replica.missingCount, "object")
            return (.attention, "Behind: \(missing), \(byteText(replica.missingBytes))")
        }
        return (.well, "Reachable, has everything")
    }

    // MARK: - What is covered

    private var coverage: HTML {
        guard !model.sources.isEmpty else { return "" }
        let count = model.placeCount
        let rows = model.sources.map { source -> HTML in
            let isStored = !source.fileCounts.isEmpty
            let full = isStored ? source.fileCounts.last ?? 0 : 0
            let less = source.fileCount - full
            let state =
                !isStored
                ? "nothing is stored yet"
                : less == 0 ? "all files" : "\(HumanReadable.count(less, "file")) on fewer"
            return """
                <tr><th scope="row">\(source.label)</th><td>\(source.collection)</td>\
                <td class="number">\(HumanReadable.count(source.fileCount))</td>\
                <td class="number">\(byteText(source.byteCount))</td>\
                <td class="number">\(HumanReadable.count(full))</td><td>\(state)</td></tr>
                """
        }
        return """
            <section><h2>Sources</h2>
            \(captionedTable(
                "What is stored of each source, and how much of it on every replica",
                columns: [
                    ("Source", false), ("Collection", false), ("Files", true), ("Bytes", true),
                    ("On all \(count)", true), ("State", false),
                ], rows: rows))
            </section>
            """
    }

    private var calendar: HTML {
        guard !model.days.isEmpty else { return "" }
        let chart = CalendarChart(days: model.days, placeCount: model.placeCount)
        return """
            <section><h2>Days</h2>
            <p>The days that files are from, by what the camera wrote, in the colour of the lowest number of replicas \
            that hold them.\(undated)</p>
            \(chart.legend)
            <div class="wide" tabindex="0" role="region" aria-label="Years">\(chart.years)</div>
            <details><summary>Month by month, in numbers</summary>\(chart.table)</details></section>
            """
    }

    private var undated: String {
        guard model.undatedFileCount > 0 else { return "" }
        return
            " The dates of \(HumanReadable.count(model.undatedFileCount, "file")) are those of their last change."
    }

    private var readBack: HTML {
        guard !model.readBack.samples.isEmpty, !model.replicas.isEmpty else { return "" }
        let chart = ReadBackChart(readBack: model.readBack, names: model.replicas.map(\.name))
        let rows = model.readBack.samples.reversed().map { sample -> HTML in
            let shares = sample.shares.map { share -> HTML in
                "<td class=\"number\">\(share.map { "\(Int(($0 * 100).rounded(.down))) %" } ?? "not known")</td>"
            }
            return "<tr><th scope=\"row\">\(momentText(sample.time))</th>\(shares)</tr>"
        }
        let columns =
            [(name: "When", isNumber: false)] + model.replicas.map { (name: $0.name, isNumber: true) }
        return """
            <section><h2>Read back</h2>
            <p>The share of each replica's bytes that was downloaded and compared in the \(model.readBack.days) days \
            before.</p>
            \(chart.legend)\(chart.picture)
            <details><summary>In numbers</summary>\
            \(captionedTable("Share read back, after each verification and now", columns: columns, rows: rows))\
            </details></section>
            """
    }

    // MARK: - What took place

    private var runs: HTML {
        guard !model.runs.isEmpty else {
            return "<section><h2>Runs</h2><p>No run is recorded on this machine.</p></section>"
        }
        let rows = model.runs.prefix(20).map { run -> HTML in
            """
            <tr><th scope="row">\(momentText(run.started))</th><td>\(run.command)</td>\
            <td class="number">\(spanText(run.ended - run.started))</td>\
            <td>\(Self.outcome(run.exitCode))</td></tr>
            """
        }
        return """
            <section><h2>Runs</h2>
            \(captionedTable(
                "The last runs on this machine",
                columns: [("Begun", false), ("Command", false), ("Took", true), ("Ended", false)],
                rows: Array(rows)))
            </section>
            """
    }

    private static func outcome(_ exitCode: Int32) -> String {
        switch exitCode {
        case 0: "well"
        case 3: "some files could not be read (3)"
        case 4: "a replica is behind (4)"
        case 5: "damage was found (5)"
        case 11: "another run was going on (11)"
        case 130: "interrupted (130)"
        default: "failed (\(exitCode))"
        }
    }

    private var drill: HTML {
        let sentence: HTML
        if let drill = model.drill {
            let files = HumanReadable.count(drill.fileCount, "file")
            let failed =
                drill.failed.isEmpty
                ? "" : " Not everything came back from \(drill.failed.joined(separator: ", "))."
            sentence = """
                <p>\(momentText(drill.time)): \(files) came back from \
                \(drill.proved.isEmpty ? "no replica" : drill.proved.joined(separator: ", ")).\(failed)</p>
                """
        } else {
            sentence = "<p>No file was ever restored as a test: <code>photobackup drill</code> does that.</p>"
        }
        let kit =
            model.kitTested.map { "The emergency kit was tested \(momentText($0))." }
            ?? "The emergency kit was never tested: photobackup kit verify does that."
        return "<section><h2>Drills</h2>\(sentence)<p>\(kit)</p></section>"
    }

    private var shares: HTML {
        guard !model.shares.isEmpty else {
            return "<section><h2>Shares</h2><p>Nothing is shared.</p></section>"
        }
        let rows = model.shares.map { share -> HTML in
            let end = share.ends.map { $0 <= model.time ? "ended \(momentText($0))" : momentText($0) }
            return """
                <tr><th scope="row">\(share.title)</th><td>\(share.collection)</td>\
                <td>\(share.person ?? "whoever has the link")</td><td>\(momentText(share.created))</td>\
                <td>\(end ?? "when it is revoked")</td></tr>
                """
        }
        return """
            <section><h2>Shares</h2>
            \(captionedTable(
                "What others can open",
                columns: [
                    ("What", false), ("Collection", false), ("For", false), ("Made", false), ("Ends", false),
                ], rows: rows))
            </section>
            """
    }
}
