internal import Backup
internal import Configuration

extension PictureLook {
    /// Into the files of the configuration's sources, in a process of its own.
    init(_ configuration: BackupConfiguration, fetches: Bool) {
        self.init(
            sources: { name in
                configuration.collections.filter { $0.name == name }.flatMap(\.sources).map(SourceRoot.init)
            }, fetches: fetches, read: ExifProcess().facts)
    }
}
