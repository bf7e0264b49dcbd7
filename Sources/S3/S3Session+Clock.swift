internal import ObjectStore

/// Whose time is signed.
extension S3Session {
    /// Takes the provider's time from its answer; false when the request was signed with that time already, and where it
    /// is not believed: what is signed for another time can be sent again then, by whoever has chosen it.
    func correctClock(by response: HTTPResponse, from signedOffset: Int64) -> Bool {
        guard configuration.scheme == .https || policy.correctsClockWithoutTLS,
            let date = response.headers["date"].flatMap({ Timestamp.parse(httpDate: $0) })
        else { return false }
        let offset = date.heldDifference(environment.now())
        guard abs(offset - signedOffset) > 60, offset.magnitude <= policy.greatestClockCorrection.magnitude
        else { return false }
        signing.correct(clockOffset: offset)
        return true
    }
}
