extension Unicode.Scalar {
    /// Whether it shows nothing of itself, or changes how what stands beside it is shown: controls, line ends, what turns the
    /// direction of writing round, and what has no width. In a name it lets one pass for another.
    ///
    /// Source: the general categories of Unicode 15; UTR 36 and UTS 39 on spoofing.
    public var isInvisible: Bool {
        if value < 0x80 { return value < 0x20 || value == 0x7f }
        switch value {
        // Arabic and Syriac signs that enclose what follows, and are seen.
        case 0x0600...0x0605, 0x06dd, 0x070f, 0x0890...0x0891, 0x08e2, 0x110bd, 0x110cd: return false
        // The grapheme joiner, fillers for letters of Hangul, and Mongolian's selectors, which are no format characters.
        case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b...0x180f, 0x3164, 0xffa0: return true
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}
