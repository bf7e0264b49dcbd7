internal import Backup
internal import Terminal

/// How `verify` tells beforehand what it will take.
struct EstimateReport {
    let estimate: VerifyEstimate

    func show(on output: Output) {
        output.message("estimate", Message(estimate))
        for replica in estimate.replicas {
            output.information(
                "\(replica.name): will take about \(HumanReadable.count(replica.requestCount, "request")), "
                    + (replica.byteCount == 0
                        ? "and downloads no object" : "downloads \(HumanReadable.bytes(replica.byteCount))"))
        }
    }

    private struct Message: Encodable {
        struct Replica: Encodable {
            let name: String
            let requests: Int
            let bytes: Int
        }

        let requests: Int
        let bytes: Int
        let budget: Int?
        let replicas: [Replica]

        init(_ estimate: VerifyEstimate) {
            requests = estimate.requestCount
            bytes = estimate.byteCount
            budget = estimate.budget
            replicas = estimate.replicas.map {
                Replica(name: $0.name, requests: $0.requestCount, bytes: $0.byteCount)
            }
        }
    }
}
