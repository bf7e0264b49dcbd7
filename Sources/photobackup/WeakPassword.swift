internal import Configuration
internal import Crypto
internal import Terminal

extension CommandContext {
    /// Says of a new password how weak it is. It is taken all the same: what is being tried out needs no other.
    func warnIfWeak(_ password: SecretBytes, remedy: String) {
        let estimate = PasswordEstimate(password)
        guard estimate.isWeak else { return }
        output.warning(
            Diagnostic(
                what: "password",
                why:
                    "it is weak: \(estimate.tries) tries find it, and whoever gets at one provider's bytes can make them",
                hint: "six words chosen by dice, or 12 letters and digits at random, are strong; \(remedy)"))
    }
}
