/// The hints that the program gives, and who tries them: one a line, as `HintCollection` finds them, then a tabulator and
/// the test that does what it says, or `-` and why none does.
enum HintTable {
    struct Row: Sendable {
        let hint: String
        /// As `Suite.function`.
        let test: String?
        let reason: String
    }

    static let rows: [Row] = text.split(separator: "\n").map { line in
        let parts = line.split(separator: "\t")
        let isTried = parts.count == 2 && !parts[1].hasPrefix("- ")
        return Row(
            hint: String(parts[0]), test: isTried ? String(parts[1]) : nil,
            reason: isTried || parts.count < 2 ? "" : String(parts[1].dropFirst(2)))
    }

    private static let text = #"""
        --disk PATH says where its folders are; a second snapshot is compared instead	- not tried yet
        --fetch reads them from a provider, up to 4 MiB of each, once	- not tried yet
        --new-key takes it	- not tried yet
        --overwrite replaces it	ObstacleTests.theHintForWhatIsInTheWayWorks
        --wait asks for them, which the provider bills, and waits; that takes hours	- not tried yet
        PHOTOBACKUP_PASSWORD	- not tried yet
        a kit overwrites nothing: name another	- not tried yet
        a label is one name, without a slash	- not tried yet
        a link needs a bucket whose addresses a browser can ask	- not tried yet
        a lock ends in a minute, and the next probe deletes what it held	- not tried yet
        a manifest overwrites nothing: name another	HintTrialTests.theHintIsGivenAndHelps
        a newer program opens it	- no newer program is there
        a user other than root needs the package fuse3, and a folder of their own	- a person changes the whole machine
        access_key_id and secret_access_key belong together	ConfigurationHintTests.theHintIsGivenAndHelps
        add --keep-last 1; what is meant to go can be named: photobackup forget SNAPSHOT	- not tried yet
        add a [[provider]] of that name to … first	- not tried yet
        add a [[provider]] with name, endpoint, region and bucket, or with name and path	ConfigurationHintTests.theHintIsGivenAndHelps
        add another one first, and photobackup provider add fills it	- not tried yet
        add one with a name and sources, or use photobackup archive FOLDER --as NAME	HintTrialTests.theHintIsGivenAndHelps
        addressing = "virtual" gives the bucket a host of its own, and so does [share]	- not tried yet
        allow s3:ListBucketVersions and s3:DeleteObjectVersion to the prune_profile	- not tried yet
        allow this user to read and write …	- not tried yet
        an empty secret is refused	- not tried yet
        ask the giver whether the grant still stands	- another person is asked
        ask the giver, and compare the verification ID of the new key	- another person is asked
        ask them whether they have a new key, and compare the verification ID of the new one; 	- another person is asked
        ask them, and compare the verification ID of the new key; --new-key takes it	- another person is asked
        ask whoever shared it for a new link	- another person is asked
        backup takes names of collections; photobackup archive FOLDER --as NAME takes a folder	HintTrialTests.theHintIsGivenAndHelps
        check that they are those of vault …	- not tried yet
        check that … is the S3 address, and not a web console's or a proxy's	- not tried yet
        check the hash; then ask another provider, or a machine that remembers more (photobackup status)	- not tried yet
        chmod 600 '…'	- not tried yet
        chmod 600 '…', and change the password if anybody has read it	- not tried yet
        chown it, or set state	- not tried yet
        compare the link with the one you were given	- another person is asked
        copy the whole link: without its end it opens nothing	- not tried yet
        for example "20GB"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "2y5m7d"	- not tried yet
        for example "30d", "12h" or "2w"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "80%"; "100%" allows for any	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "https://hc-ping.com/…"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --keep-yearly 75	HintTrialTests.theHintIsGivenAndHelps
        for example keep_daily = 7 and keep_monthly = 12; without the table nothing is forgotten	ConfigurationHintTests.theHintIsGivenAndHelps
        for example sources = ["~/Pictures/Weddings"]	ConfigurationHintTests.theHintIsGivenAndHelps
        for example … = "…"	- not tried yet
        from … to …	- not tried yet
        fusermount3 -u … takes it away	MountTests.afterAKillTheFolderIsRefusedUntilItIsUnmounted
        give --endpoint, --region and --bucket, or --path DIRECTORY	- not tried yet
        give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY	- not tried yet
        give an empty folder	- not tried yet
        give each provider a name of its own	ConfigurationHintTests.theHintIsGivenAndHelps
        give it a label	- not tried yet
        give it a label: { path = "…", label = "photos" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give it a profile, or set …_ACCESS_KEY_ID and _SECRET_ACCESS_KEY	- not tried yet
        give more digits	- not tried yet
        give more digits of the hash	- not tried yet
        give one a label: { path = "…", label = "…-2" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give one of them a label	- not tried yet
        give the configuration the [share] that the link was made with	- not tried yet
        give the new vault a bucket or a prefix of its own	HintTrialTests.theHintIsGivenAndHelps
        give the vault's with --signing-key; photobackup status shows it where the vault is open	- not tried yet
        give this provider a bucket or a prefix of its own	- not tried yet
        give what is shared another name with --as	- not tried yet
        gives the others what they miss	- not tried yet
        https://, the host, and perhaps a path; what it shows is the bucket below the prefix	- not tried yet
        if nobody has: chmod 600 '…'	- not tried yet
        if nobody has: chmod 600 '…'; else photobackup lock, and photobackup unlock	- not tried yet
        install cron, or a systemd that runs this user's units	- a person changes the whole machine
        install the package fuse3 and run modprobe fuse; …	- a person changes the whole machine
        is its disk mounted?	- a person puts a disk in
        is the disk mounted?	- a person puts a disk in
        is the disk mounted? where it is a new one, photobackup provider add … fills it	- a person puts a disk in
        is this the right file?	- not tried yet
        it is the one that the link's giver told you, besides the link	- not tried yet
        it learns that with the next backup or heal	- not tried yet
        it opens nothing any more	- not tried yet
        keep them apart with --label NAME, or put them in place of the old ones with --replace	HintTrialTests.theHintIsGivenAndHelps
        leave the provider out, or give it access_key_id and secret_access_key	- not tried yet
        let it begin with '/' or '~/'	ConfigurationHintTests.theHintIsGivenAndHelps
        letters, digits, '.', '-' and '_'	- not tried yet
        letters, digits, '.', '-' and '_', with '/' between; for example "backups/photos"	ConfigurationHintTests.theHintIsGivenAndHelps
        level decrypt opens every chunk, which takes the vault's keys	- not tried yet
        look whether the sources are whole; photobackup backup --accept-loss records what is there, 	- not tried yet
        make one: mkdir …	- not tried yet
        make room, or use a larger disk	- a person puts a disk in
        make two [[provider]] of it	ConfigurationHintTests.theHintIsGivenAndHelps
        max_loss of the collection allows for more	- not tried yet
        metrics go into a file in a folder that this user may write to	- not tried yet
        mount it for writing	- a person puts a disk in
        move it away, or restore to another folder	ObstacleTests.theHintForWhatIsInTheWayWorks
        name a file that holds the password alone	- not tried yet
        name an empty folder	- not tried yet
        name another with --config, or replace it with --force	- not tried yet
        name it with --as	- not tried yet
        no '@', which begins a snapshot, no '-' first and no control characters	ConfigurationHintTests.theHintIsGivenAndHelps
        nothing is deleted while a provider is away: run it again when all answer	- a provider answers again
        nothing was changed: the password is what it was	- not tried yet
        nothing was stored: the words that were shown open nothing, and photobackup init can be run again	- not tried yet
        one is needed, three are meant	- not tried yet
        other providers answer	- not tried yet
        paths begin with the source folder's own name; photobackup ls shows them	- not tried yet
        patterns are written as in a .gitignore file; "\" before a character takes its meaning	HintTrialTests.theHintIsGivenAndHelps
        photobackup archive needs none	- not tried yet
        photobackup backup writes a new one	- not tried yet
        photobackup drill restores a few files from each provider	- not tried yet
        photobackup find --name '…' looks for files of that name in all of them	HintTrialTests.theHintIsGivenAndHelps
        photobackup forget …	- not tried yet
        photobackup heal copies what a replica misses from another one	- not tried yet
        photobackup heal copies what it misses	- not tried yet
        photobackup heal gives it what it lacks	- not tried yet
        photobackup heal may put it right; what is lost for good is in the way until photobackup forget SNAPSHOT	- not tried yet
        photobackup heal puts right what another replica still has	HintTrialTests.theHintIsGivenAndHelps
        photobackup heal, or photobackup provider evacuate … OTHER, 	- not tried yet
        photobackup init makes one	HintTrialTests.theHintIsGivenAndHelps
        photobackup kit, then photobackup kit verify	- not tried yet
        photobackup lock removes it, and photobackup unlock makes another	- not tried yet
        photobackup provider probe shows whether it can lock	- not tried yet
        photobackup provider probe …	- not tried yet
        photobackup prune --dry-run shows what would go; if it is meant: --max-delete …%	- not tried yet
        photobackup restore brings the good one back; touch the file if the new content is meant	- not tried yet
        photobackup schedule show, and photobackup status	- not tried yet
        photobackup share grant … --print-policy shows what it may do	- not tried yet
        photobackup share identity makes one; send its public key to the giver	- not tried yet
        photobackup share list shows the links that are out	- not tried yet
        photobackup share list shows who has	- not tried yet
        photobackup share revoke takes it off the list	- not tried yet
        photobackup snapshots shows what there is	HintTrialTests.theHintIsGivenAndHelps
        photobackup snapshots shows what there is; four digits of the hash are the least	HintTrialTests.theHintIsGivenAndHelps
        photobackup snapshots without a name lists them all	HintTrialTests.theHintIsGivenAndHelps
        photobackup undelete brings a forgotten snapshot back; then share that	- not tried yet
        photobackup unlock leaves a device key, and password_command names a command	- not tried yet
        photobackup verify --level read finds what is wrong, and heal puts it right	- not tried yet
        photobackup verify shows what is missing, and heal puts it there	- not tried yet
        print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}, as credential_process does	- not tried yet
        put it in quotes, so that the shell leaves it whole	- not tried yet
        put the sources of both into one, or rename one	ConfigurationHintTests.theHintIsGivenAndHelps
        rename the provider	- not tried yet
        run it again	- not tried yet
        run it again when all providers answer	- a provider answers again
        run it again when the prune has ended	- not tried yet
        run it again: what is stored stays stored	- not tried yet
        run it again: what is there stays there	- not tried yet
        run the command again; nothing was changed	- not tried yet
        run the command in a shell to see what it says	- not tried yet
        set …, or give --password-file, or password_command in the configuration	- not tried yet
        share fewer files, or folder by folder	- not tried yet
        the catalog can be deleted at any time; the next run fills it again from a replica	- not tried yet
        the catalog of a million files takes some 300 MB	- not tried yet
        the configuration can name a password_command, a profile or a credentials_command	- not tried yet
        the configuration names: 	HintTrialTests.theHintIsGivenAndHelps
        the configuration names: …	HintTrialTests.theHintIsGivenAndHelps
        the file is TOML, see https://toml.io	ConfigurationHintTests.theHintIsGivenAndHelps
        the log is a file in a folder that this user may write to	- not tried yet
        the new password counts from now on: run photobackup heal, and this again, when the other providers answer	- a provider answers again
        the next prune goes on; prune_profile names credentials that may delete	- not tried yet
        the next run copies what it misses from another replica	- not tried yet
        the next runs go on with them	- not tried yet
        the pinned key is …	- not tried yet
        the snapshot holds nothing of that name	- not tried yet
        the state folder can be chosen with `state` in the configuration	- not tried yet
        the vault has it as it was: photobackup restore brings it back	- not tried yet
        the vault is there, and the words that were shown open it: photobackup heal finishes it when the 	- not tried yet
        the wrapped key on the emergency kit and the 24 words open it still: --wrapped-key	- not tried yet
        there are …	HintTrialTests.theHintIsGivenAndHelps
        timedatectl set-ntp true; requests are refused when clocks differ by 15 minutes	- a person changes the whole machine
        try again later	- a provider answers again
        try again when there is a connection	- a provider answers again
        up to 64 letters, digits, '-' and '_'	ConfigurationHintTests.theHintIsGivenAndHelps
        wait until it has ended; cron may have started it	- not tried yet
        what an earlier or later snapshot has of it can still be restored	- not tried yet
        with a [share] location in the configuration it can last longer	- not tried yet
        with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it	- not tried yet
        with three, one may be lost or behind, and two still agree	- not tried yet
        without --port a free one is taken	- not tried yet
        without them, level read proves that the ciphertext is what was stored	- not tried yet
        write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile …	- not tried yet
        write it, or name another with --config or PHOTOBACKUP_CONFIG	HintTrialTests.theHintIsGivenAndHelps
        … names: …; a new one is added there first	- not tried yet
        …ACCESS_KEY_ID and …SECRET_ACCESS_KEY belong together	- not tried yet
        """#
}
