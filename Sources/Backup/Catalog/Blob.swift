internal import Foundation
internal import GRDB

/// Bytes as SQLite's BLOB.
struct Blob: DatabaseValueConvertible, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Blob? {
        Data.fromDatabaseValue(value).map { Blob([UInt8]($0)) }
    }
}

extension Row {
    /// The bytes of column `index`; none for NULL.
    func bytes(_ index: Int) -> [UInt8] {
        (try? withUnsafeData(atIndex: index) { $0.map { [UInt8]($0) } }) ?? []
    }

    func bytes(_ column: String) -> [UInt8] { (self[column] as Blob?)?.bytes ?? [] }
}
