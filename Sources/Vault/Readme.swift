/// The text that tells a stranger what a bucket is, and its owner how to get the photos back.
public enum Readme {
    public static func text(vault: VaultID) -> String {
        """
        This is a replica of a photobackup vault.

        vault           \(vault.hex)
        format version  \(Format.version)

        It holds encrypted photographs and everything that is needed to get them back, but for the owner's
        password or 24 recovery words. Nothing here is readable without one of them. Please do not change,
        rename or delete anything: what looks like a duplicate is not.

        To get everything back, from this replica alone:

        1. Install photobackup.
        2. Write a configuration with this bucket or directory as a provider.
        3. Run: photobackup restore COLLECTION --to FOLDER
           and give the password, or the 24 words in PHOTOBACKUP_RECOVERY_PHRASE.
           "photobackup snapshots" lists what is there.

        The objects
          keyring/      the vault's keys, wrapped under the password and under the 24 words
          collections/  the keys of each collection, wrapped
          packs/        encrypted content; each is named by the SHA-256 of its bytes
          meta/         encrypted lists of files
          inventory/    signed lists of packs, with their sizes
          snapshots/    what each collection held at a moment, encrypted and signed
          tombstones/   signed lists of what is to be deleted

        The format is specified byte by byte in docs/FORMAT.md of photobackup, so that a reader can be written
        from that page alone, should the program be gone.

        """
    }
}
