internal import GRDB
public import ObjectStore
public import Vault

/// What the last probe of a provider has found.
public struct KnownProbe: Sendable, Hashable {
    public let answers: [ProbeAnswer]
    public let time: UTCTime
}

extension Catalog {
    /// Keeps what a probe has found, in place of what an earlier one had.
    func record(_ answers: [ProbeAnswer], of location: String, at time: UTCTime) throws {
        try database.write { database in
            try database.execute(sql: "DELETE FROM probe WHERE location = ?", arguments: [location])
            for answer in answers {
                try database.execute(
                    sql: "INSERT INTO probe (location, name, answer, detail, at) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        location, answer.question.rawValue, answer.answer.rawValue, answer.detail,
                        time.secondsSince1970,
                    ])
            }
        }
    }

    /// What the last probe found, in the order of the questions; nil when there was none.
    func probe(of location: String) throws -> KnownProbe? {
        let rows = try database.read {
            try Row.fetchAll(
                $0, sql: "SELECT name, answer, detail, at FROM probe WHERE location = ?",
                arguments: [location])
        }
        guard let time = rows.first.map({ UTCTime(secondsSince1970: $0[3]) }) else { return nil }
        let answers = rows.compactMap { row -> ProbeAnswer? in
            guard let question = ProbeQuestion(rawValue: row[0]),
                let answer = ProbeAnswer.Answer(rawValue: row[1])
            else { return nil }
            return ProbeAnswer(question, answer, row[2])
        }
        let order = ProbeQuestion.allCases
        return KnownProbe(
            answers: answers.sorted {
                order.firstIndex(of: $0.question)! < order.firstIndex(of: $1.question)!
            }, time: time)
    }
}
