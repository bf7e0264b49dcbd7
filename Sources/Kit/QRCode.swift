internal import CQRencode

/// A text as the dark and light squares that a telephone reads (ISO/IEC 18004).
public struct QRCode: Sendable {
    /// Squares in a row, without the quiet zone.
    public let width: Int
    private let dark: [Bool]

    /// The smallest code that holds the text and can still be read where 15 % of it are lost.
    ///
    /// Source: `QRcode_encodeString`, libqrencode. nil where the text is too long.
    public init?(_ text: String) {
        guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        let count = width * width
        // The lowest bit is the colour; the others say what the square is for.
        dark = (0..<count).map { code.pointee.data[$0] & 1 == 1 }
    }

    /// Whether the square is dark; outside of the code all are light.
    public func isDark(_ column: Int, _ row: Int) -> Bool {
        (0..<width).contains(column) && (0..<width).contains(row) && dark[row * width + column]
    }

    /// A drawing for a page, `size` wide and high with its quiet zone of four squares.
    func svg(label: String, size: String) -> String {
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                guard isDark(column, row) else {
                    column += 1
                    continue
                }
                let start = column
                while isDark(column, row) { column += 1 }
                path += "M\(start + 4) \(row + 4)h\(column - start)v1h-\(column - start)z"
            }
        }
        let side = width + 8
        return """
            <svg role="img" aria-label="\(label)" width="\(size)" height="\(size)" viewBox="0 0 \(side) \(side)" \
            shape-rendering="crispEdges"><rect width="\(side)" height="\(side)" fill="#fff"/>\
            <path d="\(path)" fill="#000"/></svg>
            """
    }

    /// Lines of half blocks, two rows of squares each, dark on light paper, with a quiet zone of two.
    var halfBlocks: [String] {
        stride(from: -2, to: width + 2, by: 2).map { row in
            String(
                (-2..<width + 2).map { column in
                    switch (isDark(column, row), isDark(column, row + 1)) {
                    case (true, true): "█"
                    case (true, false): "▀"
                    case (false, true): "▄"
                    case (false, false): " "
                    }
                } as [Character])
        }
    }
}
