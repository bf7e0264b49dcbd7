internal import Vault

/// Names of files in a share: of what a snapshot holds, made so that every device can have them.
enum ShareName {
    /// Whether it is one or more names joined with `/`, none of which leads out of a folder or has a character that some
    /// system refuses.
    static func isValid(_ name: String) -> Bool {
        name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
            component != "" && component != "." && component != ".."
                && component.unicodeScalars.allSatisfy { isAllowed($0) }
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && scalar.value != 0x7f && scalar != "\\"
    }

    /// The names of these files, in their order: their paths without the folders that all have in common, and each a
    /// name of its own.
    ///
    /// Bytes that are no UTF-8 become U+FFFD, and characters that a share does not allow `_`.
    static func names(of paths: [EntryPath]) -> [String] {
        let common = commonFolderDepth(paths)
        var used: Set<String> = []
        return paths.map { path in
            let components = path.components.dropFirst(common).map { component in
                String(
                    String.UnicodeScalarView(
                        String(decoding: component, as: UTF8.self).unicodeScalars.map {
                            isAllowed($0) ? $0 : "_"
                        }))
            }
            let name = components.joined(separator: "/")
            var unused = name
            var number = 2
            while !used.insert(unused).inserted {
                unused = numbered(name, number)
                number += 1
            }
            return unused
        }
    }

    /// `a (2).jpg` for `a.jpg`.
    private static func numbered(_ name: String, _ number: Int) -> String {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        guard let dot = name[start...].lastIndex(of: "."), dot > start else { return "\(name) (\(number))" }
        return "\(name[..<dot]) (\(number))\(name[dot...])"
    }

    private static func commonFolderDepth(_ paths: [EntryPath]) -> Int {
        guard let first = paths.first else { return 0 }
        var common = Array(first.components.dropLast())
        for path in paths {
            let folders = path.components.dropLast()
            let equal = zip(common, folders).prefix { $0.elementsEqual($1) }.count
            common.removeLast(common.count - equal)
        }
        return common.count
    }
}
