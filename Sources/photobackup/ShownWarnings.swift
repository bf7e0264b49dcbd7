internal import Synchronization
internal import Terminal

/// Shows each warning of a run once, however many steps meet it.
final class ShownWarnings: Sendable {
    private let output: Output
    private let shown = Mutex<Set<Diagnostic>>([])

    init(output: Output) { self.output = output }

    func show(_ warning: Diagnostic) {
        guard shown.withLock({ $0.insert(warning).inserted }) else { return }
        output.warning(warning)
    }
}
