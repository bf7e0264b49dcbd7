internal import Backup
internal import ObjectStore
internal import Terminal

/// What a probe has found, as a table and as JSON.
struct ProbeTable {
    let answers: [ProbeAnswer]

    /// A line a question, and below it, where there is one, why its answer matters.
    var lines: [String] {
        let rows = table(
            answers.map { answer in
                [Self.title(answer.question), answer.answer.rawValue, singleLine(answer.detail)]
            })
        return zip(rows, answers).flatMap { row, answer in
            [row] + (answer.concern.map { ["      ! \($0)"] } ?? [])
        }
    }

    private static func title(_ question: ProbeQuestion) -> String {
        switch question {
        case .signature: "signature checked"
        case .clock: "clock checked"
        case .region: "region checked"
        case .listOrder: "lists in order"
        case .listPaging: "lists in pages"
        case .rangeReads: "reads ranges"
        case .overwrite: "overwrites"
        case .packSize: "takes whole packs"
        case .keepsObjects: "keeps what it has"
        case .payloadHash: "signed hash checked"
        case .contentMD5: "MD5 checked"
        case .checksumWanted: "wants a checksum"
        case .checksumAccepted: "SHA-256 accepted"
        case .checksumChecked: "SHA-256 checked"
        case .checksumStored: "SHA-256 stored"
        case .conditionalPut: "put if absent"
        case .presignedURLs: "presigned addresses"
        case .deletes: "key may delete"
        case .versioning: "keeps versions"
        case .lockStored: "lock stored"
        case .lockEnforced: "lock enforced"
        case .storageClasses: "storage classes"
        case .protects: "really protects"
        }
    }

    struct Row: Encodable {
        let question: String
        let answer: String
        let detail: String
        let concern: String?
    }

    var rows: [Row] {
        answers.map {
            Row(
                question: $0.question.rawValue, answer: $0.answer.rawValue, detail: $0.detail,
                concern: $0.concern)
        }
    }
}
