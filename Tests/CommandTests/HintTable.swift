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
        , or write addressing = "path"	- not tried yet
        --disk PATH says where its folders are; a second snapshot is compared instead	- not tried yet
        --fetch reads them from a provider, up to 4 MiB of each, once	- not tried yet
        --host … chooses, and so does …@…	- not tried yet
        --new-key takes it	- not tried yet
        --overwrite replaces it	ObstacleTests.theHintForWhatIsInTheWayWorks
        --wait asks for them, which the provider bills, and waits; that takes hours	- not tried yet
        3 to 63 letters, digits, dots and hyphens, as the provider shows it	- not tried yet
        PHOTOBACKUP_PASSWORD	- not tried yet
        `photobackup restore --wait` asks for it and waits	- a provider that refuses so is not here
        a kit overwrites nothing: name another	- not tried yet
        a label is one name, without a slash	- not tried yet
        a link needs a bucket whose addresses a browser can ask	- not tried yet
        a lock ends in a minute, and the next probe deletes what it held	- not tried yet
        a loss of that disk takes both: a provider elsewhere survives it	- not tried yet
        a manifest overwrites nothing: name another	HintTrialTests.theHintIsGivenAndHelps
        a newer program opens it	- no newer program is there
        a proxy or a firewall answers for {endpoint}: look at https_proxy and no_proxy, or ask whoever runs it	- a provider that refuses so is not here
        a user other than root needs the package fuse3, and a folder of their own	- a person changes the whole machine
        a vault is not backed up into itself: name a folder of photographs	- not tried yet
        access denied	- a provider that refuses so is not here
        access_key_id and secret_access_key belong together	ConfigurationHintTests.theHintIsGivenAndHelps
        add --keep-last 1; what is meant to go can be named: photobackup forget SNAPSHOT	- not tried yet
        add a [[provider]] of that name to … first	- not tried yet
        add a [[provider]] with name, endpoint, region and bucket, or with name and path	ConfigurationHintTests.theHintIsGivenAndHelps
        add another one first, and photobackup provider add fills it	- not tried yet
        add one with a name and sources, or use photobackup archive FOLDER --as NAME	HintTrialTests.theHintIsGivenAndHelps
        addressing = "virtual" gives the bucket a host of its own, and so does [share]	- not tried yet
        allow s3:ListBucketVersions and s3:DeleteObjectVersion to the prune_profile	- not tried yet
        allow the access key to use the KMS key of the bucket {bucket}: kms:GenerateDataKey and kms:Decrypt	- a provider that refuses so is not here
        allow the access key to {rights}	- a provider that refuses so is not here
        allow this user to read and write …	- not tried yet
        allows for more	- not tried yet
        an empty secret is refused	- not tried yet
        ask the giver whether the grant still stands	- another person is asked
        ask the giver, and compare the verification ID of the new key	- another person is asked
        ask them whether they have a new key, and compare the verification ID of the new one; 	- another person is asked
        ask them, and compare the verification ID of the new key; --new-key takes it	- another person is asked
        ask whoever runs {endpoint} to let the User-Agent photobackup pass	- a provider that refuses so is not here
        ask whoever shared it for a new link	- another person is asked
        backup takes names of collections; photobackup archive FOLDER --as NAME takes a folder	HintTrialTests.theHintIsGivenAndHelps
        check endpoint (…) and this machine's network…	- not tried yet
        check endpoint and region in the configuration	- a provider that refuses so is not here
        check that the provider is up, and endpoint (…)	- a provider that refuses so is not here
        check that they are those of vault …	- not tried yet
        check that {endpoint} is the S3 address	- a provider that refuses so is not here
        check that {endpoint} is the S3 address, and not a web console's or a proxy's	- a provider that refuses so is not here
        check that … is the S3 address	- not tried yet
        check that … is the S3 address, and not a web console's or a proxy's	- not tried yet
        check that … speaks https	- not tried yet
        check the access key id, that the key was not deleted, and that it belongs to {endpoint}	- a provider that refuses so is not here
        check the access key id: nothing but the key itself belongs there	- a provider that refuses so is not here
        check the hash; then ask another provider, or a machine that remembers more (photobackup status)	- not tried yet
        check the secret access key: it does not belong to the access key id	- a provider that refuses so is not here
        check url under [share], and that everybody may read there	- not tried yet
        check url under [share]: it must lead to what is stored at that place	- not tried yet
        checksum wanted	- a provider that refuses so is not here
        chmod 600 '…'	- not tried yet
        chmod 600 '…', and change the password if anybody has read it	- not tried yet
        chown it, or set state	- not tried yet
        compare the link with the one you were given	- another person is asked
        copy the whole link: without its end it opens nothing	- not tried yet
        correct ca_file, which names …	- a provider that refuses so is not here
        correct the name of the bucket {bucket} in the configuration	- a provider that refuses so is not here
        create the bucket {bucket}, or correct its name in the configuration	- a provider that refuses so is not here
        credential_process and credentials_command print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}	- not tried yet
        credentials_command = "aws configure export-credentials --profile …" in place of profile gets them	- not tried yet
        did you mean …?	- not tried yet
        folder or a link	- not tried yet
        for a private authority, name its certificate file (ca_file); otherwise do not trust this server	- a provider that refuses so is not here
        for example "20GB"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "2y5m7d"	- not tried yet
        for example "30d", "12h" or "2w"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "80%"; "100%" allows for any	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "https://hc-ping.com/…"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --keep-yearly 75	- not tried yet
        for example host = "studio"	- not tried yet
        for example keep_daily = 7 and keep_monthly = 12; without the table nothing is forgotten	ConfigurationHintTests.theHintIsGivenAndHelps
        for example keep_tags = ["final", "wedding,2026"]	- not tried yet
        for example sources = ["~/Pictures/Weddings"]	ConfigurationHintTests.theHintIsGivenAndHelps
        for example … = "…"	- not tried yet
        from … to …	- not tried yet
        fusermount3 -u … takes it away	MountTests.afterAKillTheFolderIsRefusedUntilItIsUnmounted
        get a new one where this one came from; credentials_command and credential_process do it by themselves	- a provider that refuses so is not here
        give --endpoint, --region and --bucket, or --path DIRECTORY	- not tried yet
        give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY	- not tried yet
        give an empty folder	- not tried yet
        give each provider a bucket or a directory of its own, or take one out	- not tried yet
        give each provider a name of its own	ConfigurationHintTests.theHintIsGivenAndHelps
        give each provider a prefix or a directory of its own	- not tried yet
        give it a label	- not tried yet
        give it a label: { path = "…", label = "photos" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give it a profile, or set …_ACCESS_KEY_ID and _SECRET_ACCESS_KEY	- not tried yet
        give it another --label	- not tried yet
        give it to the user who runs this, or choose another folder with `state` in the configuration	- not tried yet
        give more digits	- not tried yet
        give more digits of the hash	- not tried yet
        give one a label: { path = "…", label = "…-2" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give one of them a label	- not tried yet
        give the configuration the [share] that the link was made with	- not tried yet
        give the new vault a bucket or a prefix of its own	HintTrialTests.theHintIsGivenAndHelps
        give the program more memory, and run it again	- not tried yet
        give the vault's with --signing-key; photobackup status shows it where the vault is open	- not tried yet
        give this provider a bucket or a prefix of its own	- not tried yet
        give this provider a bucket or a prefix of its own, or have what was planted there removed	ProviderErrorTests.nothingIsWrittenToABucketWithAnotherVault
        give what is shared another name with --as	- not tried yet
        gives the others what they miss	- not tried yet
        host = "…" in the configuration keeps one name, whatever the system is called	- not tried yet
        https://, the host, and perhaps a path; what it shows is the bucket below the prefix	- not tried yet
        https_proxy, http_proxy and no_proxy	- a provider that refuses so is not here
        if nobody has changed it: let the file and its folders be yours, and chmod go-w them	- not tried yet
        if nobody has: chmod 600 '…'	- not tried yet
        if nobody has: chmod 600 '…'; else photobackup lock, and photobackup unlock	- not tried yet
        if that goes on, check that … is the S3 address, and http or https as it should be	- not tried yet
        if that is where it was shared from: --allow-local	- not tried yet
        install ca-certificates, which has this system's authorities	- a provider that refuses so is not here
        install cron, or a systemd that runs this user's units	- a person changes the whole machine
        install the package fuse3 and run modprobe fuse; …	- a person changes the whole machine
        is its disk mounted?	- a person puts a disk in
        is the disk mounted?	- a person puts a disk in
        is the disk mounted? where it is a new one, photobackup provider add … fills it	- a person puts a disk in
        is this the right file?	- not tried yet
        it can be replaced or deleted when its lock has ended	- a provider that refuses so is not here
        it is the one that the link's giver told you, besides the link	- not tried yet
        it learns that with the next backup or heal	- not tried yet
        it opens nothing any more	- not tried yet
        it was not expected at this place of the sorted names	- not tried yet
        its name ends in no hash that would prove its bytes	- not tried yet
        keep them apart with --label NAME, or leave them out with --exclude; an archive gives up no file for a 	- not tried yet
        keep them apart with --label NAME, or put them in place of the old ones with --replace	HintTrialTests.theHintIsGivenAndHelps
        leave the provider out, or give it access_key_id and secret_access_key	- not tried yet
        let it begin with '/' or '~/'	ConfigurationHintTests.theHintIsGivenAndHelps
        letters, digits, '.', '-' and '_'	- not tried yet
        letters, digits, '.', '-' and '_', with '/' between; for example "backups/photos"	ConfigurationHintTests.theHintIsGivenAndHelps
        level decrypt opens every chunk, which takes the vault's keys	- not tried yet
        look at the account and its bills in the provider's console	- a provider that refuses so is not here
        look at … in the environment	- not tried yet
        look at … in the environment, or ask whoever runs the proxy	- not tried yet
        look whether bucket, prefix and account are right; photobackup provider add 	- not tried yet
        look whether the sources are whole; --accept-loss records what is there, max_loss of a configured collection 	- not tried yet
        make a bucket with object lock, or take lock_days out; photobackup provider probe {name} shows what holds	- a provider that refuses so is not here
        make one: mkdir …	- not tried yet
        make room on that disk, or choose a folder on another one with `state` in the configuration	- not tried yet
        make room, or use a larger disk	- a person puts a disk in
        make two [[provider]] of it	ConfigurationHintTests.theHintIsGivenAndHelps
        may not delete	- a provider that refuses so is not here
        metrics go into a file in a folder that this user may write to	- not tried yet
        mount it for writing	- a person puts a disk in
        move it away, or restore to another folder	ObstacleTests.theHintForWhatIsInTheWayWorks
        name a file that holds the password alone	- not tried yet
        name a profile whose key may delete as prune_profile, or allow it to this key	- a provider that refuses so is not here
        name an empty folder	- not tried yet
        name another with --config, or replace it with --force	- not tried yet
        name it with --as	- not tried yet
        name one: …@…	- not tried yet
        no '@', which begins a snapshot, no '-' first and no control characters	ConfigurationHintTests.theHintIsGivenAndHelps
        no TLS connection	- a provider that refuses so is not here
        no answer in time	- a provider that refuses so is not here
        no certificate covers a bucket with dots in the host name: write addressing = "path"	- a provider that refuses so is not here
        no connection	- a provider that refuses so is not here
        no replica delivered it	- not tried yet
        no replica has it	- not tried yet
        nothing is deleted while a provider is away: run it again when all answer	- a provider answers again
        nothing there could be verified: take another provider, or a newer version of its service	- not tried yet
        nothing was changed: the password is what it was	- not tried yet
        nothing was stored: the words that were shown open nothing, and photobackup init can be run again	- not tried yet
        one is needed, three are meant	- not tried yet
        open it once yourself before you send it	- not tried yet
        or name the command as credentials_command of the provider	- not tried yet
        other providers answer	- not tried yet
        paths begin with the source folder's own name; photobackup ls shows them	- not tried yet
        patterns are written as in a .gitignore file; "\" before a character takes its meaning	HintTrialTests.theHintIsGivenAndHelps
        photobackup archive needs none	- not tried yet
        photobackup backup backs up the source; --label NAME keeps something else apart from it	- not tried yet
        photobackup backup writes a new one	- not tried yet
        photobackup drill restores a few files from each provider	- not tried yet
        photobackup find --name '…' looks for files of that name in all of them	HintTrialTests.theHintIsGivenAndHelps
        photobackup forget …	- not tried yet
        photobackup heal brings them together; what is nobody's can be removed by hand	PrunePlantedTests.aNameWithoutItsBytesIsRefusedUntilItIsRemoved
        photobackup heal copies what a replica misses from another one	- not tried yet
        photobackup heal copies what it misses	- not tried yet
        photobackup heal gives it what it lacks	- not tried yet
        photobackup heal may put it right; what is lost for good is in the way until photobackup forget SNAPSHOT	- not tried yet
        photobackup heal puts it right	- not tried yet
        photobackup heal puts right what another replica still has	- not tried yet
        photobackup heal, or photobackup provider evacuate … OTHER, 	- not tried yet
        photobackup init makes one	HintTrialTests.theHintIsGivenAndHelps
        photobackup kit, then photobackup kit verify	- not tried yet
        photobackup lock removes it, and photobackup unlock makes another	- not tried yet
        photobackup ls shows what it holds	- not tried yet
        photobackup provider probe shows whether it can lock	- not tried yet
        photobackup provider probe {name} shows whether the bucket takes lock_days	- a provider that refuses so is not here
        photobackup provider probe {name} shows whether the bucket takes lock_days and storage_class	- a provider that refuses so is not here
        photobackup provider probe {name} shows which checksums the provider takes	- a provider that refuses so is not here
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
        photobackup status shows it on a machine that opens the vault: delete this file, and give the key 	- not tried yet
        photobackup status tells more	- not tried yet
        photobackup undelete brings a forgotten snapshot back; then share that	- not tried yet
        photobackup unlock leaves a device key, and password_command names a command	- not tried yet
        photobackup verify --level read finds what is wrong, and heal puts it right	- not tried yet
        photobackup verify shows what is missing, and heal puts it there	- not tried yet
        previews are made of JPEGs, and of raw files with a JPEG in them	- not tried yet
        put it in quotes, so that the shell leaves it whole	- not tried yet
        put the sources of both into one, or rename one	ConfigurationHintTests.theHintIsGivenAndHelps
        raise its limit to 32 MiB: client_max_body_size of nginx, LimitRequestBody of Apache, or the like	- a provider that refuses so is not here
        raise the cap in the provider's console, or wait until it begins anew	- a provider that refuses so is not here
        raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service)	- not tried yet
        raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service), and run it again	- not tried yet
        raise the limit of processes and threads (ulimit -u, TasksMax= of a service, the pids limit of a container)	- not tried yet
        raise the quota at the provider, or make room	- a provider that refuses so is not here
        rename the file or folder, or give another one	- not tried yet
        rename the provider	- not tried yet
        run it again	- not tried yet
        run it again when all providers answer	- a provider answers again
        run it again when the prune has ended	- not tried yet
        run it again: what is stored stays stored	- not tried yet
        run it again: what is there stays there	- not tried yet
        run it again: what only reads goes on without the catalog, and the next backup sets it aside and makes 	- not tried yet
        run it where they can be read	- not tried yet
        run the command again; nothing was changed	- not tried yet
        run the command in a shell to see what it says	- not tried yet
        set this machine's clock; `timedatectl` shows whether it is synchronised	- a provider that refuses so is not here
        set …, or give --password-file, or password_command in the configuration	- not tried yet
        share fewer files, or folder by folder	- not tried yet
        six words chosen by dice, or 12 letters and digits at random, are strong; …	- not tried yet
        take away what is in its place	- not tried yet
        take one of them out of the configuration, or give it a place of its own	- not tried yet
        take storage_class = "{class}" out of the configuration, or name a class that the provider has	- not tried yet
        the 24 words open it; photobackup verify names what the providers show that is not this vault's	PlantedKeyringSecretTests.aPasswordThatDoesNotOpenIsNotCalledChanged
        the answer is not HTTP	- a provider that refuses so is not here
        the catalog can be deleted at any time; the next run fills it again from a replica	- not tried yet
        the catalog of a million files takes some 300 MB	- not tried yet
        the configuration can name a password_command, a profile or a credentials_command	- not tried yet
        the configuration names: 	HintTrialTests.theHintIsGivenAndHelps
        the configuration names: …	HintTrialTests.theHintIsGivenAndHelps
        the connection broke	- a provider that refuses so is not here
        the file is TOML, see https://toml.io	ConfigurationHintTests.theHintIsGivenAndHelps
        the file of certificates cannot be read	- a provider that refuses so is not here
        the host name has no address	- a provider that refuses so is not here
        the log is a file in a folder that this user may write to	- not tried yet
        the new password counts from now on: run photobackup heal, and this again, when the other providers answer	- a provider answers again
        the next backup copies what it misses; photobackup heal does so now	- not tried yet
        the next prune goes on; prune_profile names credentials that may delete	- not tried yet
        the next run copies what it misses from another replica	- not tried yet
        the next runs go on with them	- not tried yet
        the password stays as it is; a new vault has another	PlantedKeyringSecretTests.afterTheVaultsOwnLastSequenceNothingIsWritten
        the pinned key is …	- not tried yet
        the proxy lets nothing through to the provider	- a provider that refuses so is not here
        the proxy wants a user name and a password	- a provider that refuses so is not here
        the proxy's name has no address	- a provider that refuses so is not here
        the server's certificate does not verify	- a provider that refuses so is not here
        the snapshot holds nothing that is meant	- not tried yet
        the state folder can be chosen with `state` in the configuration	- not tried yet
        the transfer failed	- a provider that refuses so is not here
        the vault has it as it was: photobackup restore brings it back	- not tried yet
        the vault is there, and the words that were shown open it: photobackup heal finishes it when the 	- not tried yet
        the wrapped key on the emergency kit and the 24 words open it still: --wrapped-key	- not tried yet
        there are some by …	- not tried yet
        there are …	HintTrialTests.theHintIsGivenAndHelps
        there is no replica to ask	- not tried yet
        they are small and do no harm: delete them with a key that may, or let them be	- not tried yet
        timedatectl set-ntp true; requests are refused when clocks differ by 15 minutes	- a person changes the whole machine
        try again later	- a provider answers again
        try again when the others answer	- not tried yet
        try again when there is a connection	- a provider answers again
        turn versioning off, or delete old versions with a lifecycle rule of the provider	- not tried yet
        up to 64 letters, digits, '-' and '_'	ConfigurationHintTests.theHintIsGivenAndHelps
        use a bucket with object lock of a provider that has it, or take lock_days out	- not tried yet
        wait until it has ended; cron may have started it	- not tried yet
        wait until the other run has ended	- not tried yet
        what an earlier or later snapshot has of it can still be restored	- not tried yet
        what was to be said there is lost; the exit code tells how it ended	- not tried yet
        with --signing-key	- not tried yet
        with a [share] location in the configuration it can last longer	- not tried yet
        with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it	- not tried yet
        with three, one may be lost or behind, and two still agree	- not tried yet
        without --port a free one is taken	- not tried yet
        without --previews-only it has the files themselves	- not tried yet
        without them, level read proves that the ciphertext is what was stored	- not tried yet
        write addressing = "path" for this provider	- not tried yet
        write addressing = "virtual" for this provider	- not tried yet
        write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile …	- not tried yet
        write https:// in endpoint ({endpoint})	- a provider that refuses so is not here
        write it, or name another with --config or PHOTOBACKUP_CONFIG	HintTrialTests.theHintIsGivenAndHelps
        write them into https_proxy or http_proxy as http://USER:PASSWORD@HOST:PORT	- a provider that refuses so is not here
        … names: …; a new one is added there first	- not tried yet
        …, or --refill, fills it from the others	- not tried yet
        …ACCESS_KEY_ID and …SECRET_ACCESS_KEY belong together	- not tried yet
        """#
}
