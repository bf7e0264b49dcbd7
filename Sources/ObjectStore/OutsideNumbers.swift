/// Arithmetic on numbers that come from outside: from a provider's answer, a stored object or a file system. What has no
/// place in the type is held at its bounds; nothing traps.
extension FixedWidthInteger {
    /// The sum, or the bound that it has passed.
    @inlinable
    public func heldSum(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the bound that it has passed.
    @inlinable
    public func heldDifference(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// The product, or the bound that it has passed.
    @inlinable
    public func heldProduct(_ other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) != (other < 0) ? .min : .max) : product
    }
}
