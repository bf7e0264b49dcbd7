/// Sizes and durations as people write them in the configuration and in options.
public enum Quantity {
    private static let sizeUnits: [String: Int] = [
        "": 1, "b": 1,
        "k": 1_000, "kb": 1_000, "kib": 1 << 10,
        "m": 1_000_000, "mb": 1_000_000, "mib": 1 << 20,
        "g": 1_000_000_000, "gb": 1_000_000_000, "gib": 1 << 30,
        "t": 1_000_000_000_000, "tb": 1_000_000_000_000, "tib": 1 << 40,
    ]

    /// Seconds a unit.
    private static let durationUnits: [String: Int] = [
        "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400,
    ]

    /// The bytes that `20GB`, `1.5 T`, `10M`, `4MiB` or `512` mean; nil for anything else.
    ///
    /// Units are decimal as providers bill them, `KiB` and its kin are binary; case does not matter.
    public static func byteCount(_ text: String) -> Int? { parse(text, units: sizeUnits) }

    /// The time that `30d`, `6h`, `90m`, `15s` or `2w` means; nil for anything else. A unit is needed.
    public static func duration(_ text: String) -> Duration? {
        parse(text, units: durationUnits).map { .seconds($0) }
    }

    private static func parse(_ text: String, units: [String: Int]) -> Int? {
        let end = text.firstIndex { !($0.isASCII && $0.isNumber) && $0 != "." } ?? text.endIndex
        let number = text[..<end]
        let unit = text[end...].drop { $0 == " " }.lowercased()
        guard let factor = units[unit] else { return nil }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), let whole = Int(parts[0]) else {
            return nil
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return product }
        // In whole numbers, so that 0.1GB is exactly 100,000,000.
        guard parts[1].count <= 6, let fraction = Int(parts[1]) else { return nil }
        let scale = (0..<parts[1].count).reduce(1) { value, _ in value * 10 }
        let (sum, sumOverflow) = product.addingReportingOverflow(
            fraction * (factor / scale) + fraction * (factor % scale) / scale)
        return sumOverflow ? nil : sum
    }
}
