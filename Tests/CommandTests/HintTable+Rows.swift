extension HintTable {
    /// One a line, as `HintCollection` finds them, then a tabulator and the test that does what it says; or `outside: ` and
    /// why none does.
    static let text = #"""
        --disk PATH says where its folders are; a second snapshot is compared instead	CommandHintTests.whatIsNamedIsFound
        --fetch reads them from a provider, up to 4 MiB of each, once	CommandHintTests.whatIsNamedIsFound
        --host … chooses, and so does …@…	NamedThingsTests.eachMachineRestoresItsOwnAndAThirdIsAsked
        --overwrite replaces it	ObstacleTests.theHintForWhatIsInTheWayWorks
        --wait asks for them, which the provider bills, and waits; that takes hours	LockTests.whatOnlyAColdReplicaHasIsAskedForAndWaitedFor
        3 to 63 letters, digits, dots and hyphens, as the provider shows it	ConfigurationHintTests.theHintIsGivenAndHelps
        `photobackup restore --wait` asks for it and waits	AnnouncementTests.whatARuleHasMovedToColdStorageComesBackFromALoneBucket
        a kit overwrites nothing: name another	CommandHintTests.whatIsNamedIsFound
        a label is one name, without a slash	CommandHintTests.whatIsArchivedKeepsApart
        a link needs a bucket whose addresses a browser can ask	LinkHintTests.aBucketIsAddedForLinks
        a manifest overwrites nothing: name another	HintTrialTests.theHintIsGivenAndHelps
        a newer program opens it	outside: a program of a later version
        a proxy or a firewall answers for …: look at https_proxy and no_proxy, or ask whoever runs it	RefusalHintTests.whatTheProviderLiftsIsOver
        a user other than root needs the package fuse3, and a folder of their own	outside: a person changes the whole machine
        a vault is not backed up into itself: name a folder of photographs	DoctorHintTests.whatItAdvisesIsDone
        access_key_id and secret_access_key belong together	ConfigurationHintTests.theHintIsGivenAndHelps
        add --keep-last 1; what is meant to go can be named: photobackup forget SNAPSHOT	CommandHintTests.whatRetentionRefusesIsTaken
        add a [[provider]] of that name to … first	CommandHintTests.providersAreAddedAndRemoved
        add a [[provider]] with name, endpoint, region and bucket, or with name and path	DoctorHintTests.whatItAdvisesIsDone
        add another [[provider]]; photobackup provider add fills it	DoctorHintTests.whatItAdvisesIsDone
        add another one first, and photobackup provider add fills it	CommandHintTests.providersAreAddedAndRemoved
        add one with a name and sources, or use photobackup archive FOLDER --as NAME	HintTrialTests.theHintIsGivenAndHelps
        addressing = "virtual" gives the bucket a host of its own, and so does [share]	LinkHintTests.aLinkIsMadeAsTheHintSays
        allow s3:ListBucketVersions and s3:DeleteObjectVersion to the prune_profile	DeletionTests.whoMayNotListVersionsDeletesNothing
        allow the access key to use the KMS key of the bucket …: kms:GenerateDataKey and kms:Decrypt	RefusalHintTests.whatTheProviderLiftsIsOver
        allow the access key to …	RefusalHintTests.whatTheProviderLiftsIsOver
        allow this user to read and write …	LocalHintTests.aDiskTakesWhatItIsGiven
        ask the giver whether the grant still stands	ShareGrantTests.aGrantIsTakenAsTheHintSays
        ask the giver, and compare the verification ID of the new key; --as keeps theirs under another name	ShareGrantTests.wrongGrantsAreRefusedAndLeaveNothing
        ask them whether they have a new key, and compare the verification ID of the new one; --new-key takes it	GrantFlowTests.anotherKeyUnderAKnownNameIsRefusedOnEveryMachine
        ask them, and compare the verification ID of the new key; --new-key takes it	outside: no program of ours gives one vault a second key
        ask whoever runs … to let the User-Agent photobackup pass	RefusalHintTests.whatTheProviderLiftsIsOver
        ask whoever shared it for a new link	LinkHintTests.aLinkIsOpenedAsTheHintSays
        backup takes names of collections; photobackup archive FOLDER --as NAME takes a folder	HintTrialTests.theHintIsGivenAndHelps
        check endpoint (…) and this machine's network…	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        check endpoint and region in the configuration	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        check that the provider is up, and endpoint (…)	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        check that they are those of vault …	SecretHintTests.theWordsOpenWhatThePasswordDoesNot
        check that … is the S3 address	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        check that … is the S3 address, and not a web console's or a proxy's	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        check that … speaks https	ConnectionHintTests.theRightWayIsTaken
        check the access key id, that the key was not deleted, and that it belongs to …	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        check the access key id: nothing but the key itself belongs there	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        check the hash; then ask another provider, or a machine that remembers more (photobackup status)	FreshnessTests.theHashThatWasWrittenDown
        check the secret access key: it does not belong to the access key id	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        check url under [share], and that everybody may read there	LinkHintTests.thePlaceOfLinksIsCorrected
        check url under [share]: it must lead to what is stored at that place	LinkHintTests.thePlaceOfLinksIsCorrected
        chmod 600 '…'	SecretHintTests.credentialsAreFound
        chmod 600 '…', and change the password if anybody has read it	SecretHintTests.passwordsAndStateAreFound
        compare the link with the one you were given	LinkHintTests.aLinkIsOpenedAsTheHintSays
        copy the whole link: without its end it opens nothing	LinkHintTests.aLinkIsOpenedAsTheHintSays
        correct ca_file, which names …	ConnectionHintTests.theRightWayIsTaken
        correct the name of the bucket … in the configuration	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        create the bucket …, or correct its name in the configuration	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        credential_process and credentials_command print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}	SecretHintTests.credentialsAreFound
        credentials_command = "aws configure export-credentials --profile …" in place of profile gets them	SecretHintTests.credentialsAreFound
        did you mean "…"?	ConfigurationHintTests.theHintIsGivenAndHelps
        did you mean '…'?	CommandHintTests.whatIsNamedIsFound
        did you mean …?	CommandHintTests.whatIsNamedIsFound
        for a private authority, name its certificate file (ca_file); otherwise do not trust this server	ProviderErrorTests.oneBadProviderOfThreeIsBehind
        for example "20GB"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "30d", "12h" or "2w"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "80%"; "100%" allows for any	ConfigurationHintTests.theHintIsGivenAndHelps
        for example "https://hc-ping.com/…"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example host = "studio"	ConfigurationHintTests.theHintIsGivenAndHelps
        for example keep_daily = 7 and keep_monthly = 12; without the table nothing is forgotten	ConfigurationHintTests.theHintIsGivenAndHelps
        for example keep_tags = ["final", "wedding,2026"]	ConfigurationHintTests.theHintIsGivenAndHelps
        for example sources = ["~/Pictures/Weddings"]	ConfigurationHintTests.theHintIsGivenAndHelps
        for example … = "…"	ConfigurationHintTests.theHintIsGivenAndHelps
        from … to …	ConfigurationHintTests.theHintIsGivenAndHelps
        fusermount3 -u … takes it away	MountTests.afterAKillTheFolderIsRefusedUntilItIsUnmounted
        get a new one where this one came from; credentials_command and credential_process do it by themselves	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        give --endpoint, --region and --bucket, or --path DIRECTORY	ConnectTests.aPlaceAndKeysAreGivenAsTheHintsSay
        give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY	ConnectTests.aPlaceAndKeysAreGivenAsTheHintsSay
        give an empty folder	LocalHintTests.theFolderThatIsAskedForIsMounted
        give each provider a bucket or a directory of its own, or take one out	ConfigurationHintTests.theHintIsGivenAndHelps
        give each provider a bucket or a directory of its own, or take one out of the configuration	PlaceTests.oneBucketByTwoNamesIsRefused
        give each provider a name of its own	ConfigurationHintTests.theHintIsGivenAndHelps
        give each provider a prefix or a directory of its own	ConfigurationHintTests.theHintIsGivenAndHelps
        give it a label	CommandHintTests.whatIsArchivedKeepsApart
        give it a label: { path = "…", label = "photos" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give it a profile, or set …_ACCESS_KEY_ID and _SECRET_ACCESS_KEY	SecretHintTests.credentialsAreFound
        give it another --label	CommandHintTests.whatIsArchivedKeepsApart
        give it to the user who runs this, or choose another folder with `state` in the configuration	LocalHintTests.aDiskTakesWhatItIsGiven
        give more digits of the hash	FlowForgetTests.fewDigitsThatTwoHaveAreTooFew
        give one a label: { path = "…", label = "…-2" }	ConfigurationHintTests.theHintIsGivenAndHelps
        give one of them a label	CommandHintTests.whatIsArchivedKeepsApart
        give the configuration the [share] that the link was made with	KeptLinkTests.withoutItsPlaceALinkIsNamed
        give the new vault a bucket or a prefix of its own	HintTrialTests.theHintIsGivenAndHelps
        give the program more memory, and run it again	outside: memory that ends at a moment of a test's choosing
        give the vault's with --signing-key; photobackup status shows it where the vault is open	FlowKeylessTests.twoKeysThatHaveSignedEndTheFirstUse
        give this provider a bucket or a prefix of its own	CommandHintTests.providersAreAddedAndRemoved
        give this provider a bucket or a prefix of its own, or have what was planted there removed	ProviderErrorTests.nothingIsWrittenToABucketWithAnotherVault
        give what is shared another name with --as	ShareGrantTests.aGrantIsTakenAsTheHintSays
        host = "…" in the configuration keeps one name, whatever the system is called	DoctorHintTests.whatItAdvisesIsDone
        https://, the host, and perhaps a path; what it shows is the bucket below the prefix	ConfigurationHintTests.theHintIsGivenAndHelps
        https://, the host, perhaps a port and a path; bucket and prefix have keys of their own	ConfigurationHintTests.theHintIsGivenAndHelps
        if nobody has changed it: let the file and its folders be yours, and chmod go-w them	SecretHintTests.credentialsAreFound
        if nobody has: chmod 600 '…'	ShareGrantTests.anIdentityThatOthersMayReadIsRefused
        if nobody has: chmod 600 '…'; else photobackup lock, and photobackup unlock	DeviceKeyTests.aKeyThatOthersMayReadIsRefused
        if that goes on, check that … is the S3 address, and http or https as it should be	ConnectionHintTests.theRightWayIsTaken
        if that is where it was shared from: --allow-local	LinkTests.aLinkIntoThisNetworkIsAskedForOnlyWhereThatIsMeant
        install ca-certificates, which has this system's authorities	outside: a person changes the whole machine
        install cron, or a systemd that runs this user's units	DoctorHintTests.whatItAdvisesIsDone
        install the package fuse3 and run modprobe fuse; …	outside: a person changes the whole machine
        is its disk mounted?	DoctorHintTests.whatItAdvisesIsDone
        is the disk mounted?	CommandHintTests.providersAreAddedAndRemoved
        is the disk mounted? where it is a new one, photobackup provider add … fills it	CommandHintTests.providersAreAddedAndRemoved
        it can be replaced or deleted when its lock has ended	RefusalHintTests.whatTheProviderLiftsIsOver
        it is the one that the link's giver told you, besides the link	LinkTests.aPasswordIsNeededBesidesTheLink
        keep them apart with --label NAME, or leave them out with --exclude; an archive gives up no file for a folder or a link	CommandHintTests.whatIsArchivedKeepsApart
        keep them apart with --label NAME, or put them in place of the old ones with --replace	HintTrialTests.theHintIsGivenAndHelps
        known here: …	ConfigurationHintTests.theHintIsGivenAndHelps
        leave --signing-key out, or give the pinned one: …	SecretHintTests.passwordsAndStateAreFound
        let it begin with '/' or '~/'	ConfigurationHintTests.theHintIsGivenAndHelps
        letters, digits, '.', '-' and '_'	ConfigurationHintTests.theHintIsGivenAndHelps
        letters, digits, '.', '-' and '_', with '/' between; for example "backups/photos"	ConfigurationHintTests.theHintIsGivenAndHelps
        look at the account and its bills in the provider's console	RefusalHintTests.whatTheProviderLiftsIsOver
        look at … in the environment	ConnectionHintTests.theRightWayIsTaken
        look at … in the environment, or ask whoever runs the proxy	ConnectionHintTests.theRightWayIsTaken
        look whether bucket, prefix and account are right; photobackup provider add …, or --refill, fills it from the others	PlaceTests.anEmptiedPlaceIsDamageAndNotFilledUnasked
        look whether the sources are whole; --accept-loss records what is there, max_loss of a configured collection allows for more	SourceLossTests.aRunThatWouldRecordAGreatLossStops
        make a bucket with object lock, or take lock_days out; photobackup provider probe … shows what holds	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        make one: mkdir …	LocalHintTests.theFolderThatIsAskedForIsMounted
        make room on that disk, or choose a folder on another one with `state` in the configuration	CatalogLossTests.oneThatCannotBeWrittenStopsOnlyWhatMustBeRemembered
        make room there, or choose a folder on another disk with `state` in the configuration	LocalHintTests.aDiskTakesWhatItIsGiven
        make room, or use a larger disk	LocalHintTests.aDiskTakesWhatItIsGiven
        make two [[provider]] of it	ConfigurationHintTests.theHintIsGivenAndHelps
        metrics go into a file in a folder that this user may write to	TellingTests.metricsThatCannotBeWrittenAreRefusedBeforehand
        mount it for writing	LocalHintTests.aDiskTakesWhatItIsGiven
        move it away, or restore to another folder	ObstacleTests.theHintForWhatIsInTheWayWorks
        move it to another disk, or add a provider elsewhere	DoctorHintTests.whatItAdvisesIsDone
        name a file that holds the password alone	SecretHintTests.passwordsAndStateAreFound
        name a profile whose key may delete as prune_profile, or allow it to this key	LinkHintTests.aKeyThatMayDeleteTakesALinkBack
        name an empty folder	LinkHintTests.aLinkIsOpenedAsTheHintSays
        name another file	ShareGrantTests.aGrantIsTakenAsTheHintSays
        name another with --config, or replace it with --force	ConnectTests.aPlaceAndKeysAreGivenAsTheHintsSay
        name it with --as	ShareGrantTests.aGrantIsTakenAsTheHintSays
        name one: …@…	FlowHistoriesTests.machinesOfOneNameAreToldApartByASnapshot
        name what holds the secret alone	SecretHintTests.passwordsAndStateAreFound
        no '@', which begins a snapshot, no '-' first and no control characters	ConfigurationHintTests.theHintIsGivenAndHelps
        no certificate covers a bucket with dots in the host name: write addressing = "path"	outside: no certificate of a provider is here
        nothing is deleted while a provider is away: run it again when all answer	OutageHintTests.whatIsDoneAgainWhenItAnswersEndsWell
        nothing there could be verified: take another provider, or a newer version of its service	ListingTests.aListingThatCannotGoOnIsFoundOutByTwoPages
        nothing was changed: the password is what it was, and this can be run again	LocalHintTests.aPasswordIsChangedWhenTheDisksTakeIt
        nothing was stored: the words that were shown open nothing, and photobackup init can be run again	InitialiseTests.oneThatIsNowhereIsForgotten
        open it once yourself before you send it	LinkHintTests.aLinkIsOpenedWhenItsPlaceAnswers
        or name the command as credentials_command of the provider	SecretHintTests.credentialsAreFound
        paths begin with the source folder's own name; photobackup ls shows them	CommandHintTests.whatIsNamedIsFound
        patterns are written as in a .gitignore file; "\" before a character takes its meaning	HintTrialTests.theHintIsGivenAndHelps
        photobackup archive needs none	DoctorHintTests.whatItAdvisesIsDone
        photobackup backup backs up the source; --label NAME keeps something else apart from it	CommandHintTests.whatIsArchivedKeepsApart
        photobackup backup writes a new one	CommandHintTests.aCollectionWithoutItsRecordIsWrittenAnew
        photobackup drill restores a few files from each provider	DoctorHintTests.whatItAdvisesIsDone
        photobackup find --name '…' looks for files of that name in all of them	HintTrialTests.theHintIsGivenAndHelps
        photobackup forget …	CheckpointTests.whatIsLeftOfARunThatNeverEndedIsForgotten
        photobackup heal brings them together; then prune again	CommandHintTests.whatRetentionRefusesIsTaken
        photobackup heal brings them together; heal --remove-strays removes what is nobody's	PrunePlantedTests.aNameWithoutItsBytesIsRefusedUntilItIsRemoved
        photobackup heal copies what a replica misses from another one	LessonsBackupTests.rustic249AFailedUploadIsReported
        photobackup heal copies what it misses	CommandHintTests.providersAreAddedAndRemoved
        photobackup heal gives it what it lacks	OutageHintTests.whatIsDoneAgainWhenItAnswersEndsWell
        photobackup heal may put it right; what is lost for good is in the way until 7 days after photobackup forget SNAPSHOT	CommandHintTests.aSnapshotThatIsLostIsForgotten
        photobackup heal puts it right	DoctorTests.whatStatusFindsIsAProblem
        photobackup heal puts right what another replica still has	CommandHintTests.whatRetentionRefusesIsTaken
        photobackup heal tells it, and so does the next backup	CommandHintTests.whatRetentionRefusesIsTaken
        photobackup heal, or photobackup provider evacuate … OTHER, gives the others what they miss	CommandHintTests.providersAreAddedAndRemoved
        photobackup init makes one	HintTrialTests.theHintIsGivenAndHelps
        photobackup kit, then photobackup kit verify	DoctorHintTests.whatItAdvisesIsDone
        photobackup lock removes it, and photobackup unlock makes another	StateFolderTests.noneStopsAnything
        photobackup ls shows what it holds	CommandHintTests.whatIsNamedIsFound
        photobackup provider probe …	DoctorHintTests.whatItAdvisesIsDone
        photobackup provider probe … shows whether the bucket takes lock_days	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        photobackup provider probe … shows whether the bucket takes lock_days and storage_class	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        photobackup provider probe … shows which checksums the provider takes	RefusalHintTests.whatTheProviderLiftsIsOver
        photobackup prune --dry-run shows what would go; if it is meant: --max-delete …%	PruneTests.theSpaceOfWhatIsForgottenComesBack
        photobackup restore brings the good one back; touch the file if the new content is meant	SourceLossTests.rotIsAlarmedAndTheGoodVersionKept
        photobackup schedule install --daily 02:30	DoctorHintTests.whatItAdvisesIsDone
        photobackup schedule show, and photobackup status	DoctorHintTests.whatItAdvisesIsDone
        photobackup share grant … --print-policy shows what it may do	ShareGrantTests.aCredentialThatCanDoTooMuchIsRefused
        photobackup share identity makes one; send its public key to the giver	ShareGrantTests.aGrantIsTakenAsTheHintSays
        photobackup share list shows the links that are out	LinkHintTests.aLinkIsOpenedAsTheHintSays
        photobackup share list shows who has	ShareGrantTests.aGrantIsTakenAsTheHintSays
        photobackup share revoke takes it off the list	KeptLinkTests.aListThatIsGoneStaysGone
        photobackup snapshots shows what there is	HintTrialTests.theHintIsGivenAndHelps
        photobackup snapshots shows what there is; four digits of the hash are the least	HintTrialTests.theHintIsGivenAndHelps
        photobackup snapshots without a name lists them all	HintTrialTests.theHintIsGivenAndHelps
        photobackup status shows it on a machine that opens the vault: delete this file, and give the key with --signing-key	StateFolderTests.aPinnedKeyThatIsLostIsAskedFor
        photobackup unlock leaves a device key, and password_command names a command	DoctorHintTests.whatItAdvisesIsDone
        photobackup verify --level read finds what is wrong, and heal puts it right	DrillTests.whatDoesNotComeBackIsNamed
        photobackup verify shows what is missing, and heal puts it there	LinkHintTests.aLinkIsMadeAsTheHintSays
        put it in quotes, so that the shell leaves it whole	LinkHintTests.aLinkIsOpenedAsTheHintSays
        put the secret there, or give none there: it is asked for then	SecretHintTests.passwordsAndStateAreFound
        put the sources of both into one, or rename one	ConfigurationHintTests.theHintIsGivenAndHelps
        raise its limit to 32 MiB: client_max_body_size of nginx, LimitRequestBody of Apache, or the like	RefusalHintTests.whatTheProviderLiftsIsOver
        raise the cap in the provider's console, or wait until it begins anew	RefusalHintTests.whatTheProviderLiftsIsOver
        raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service)	ScarcityTests.aLowHardLimitOfOpenFilesCostsNoFile
        raise the limit of open files (ulimit -Hn, LimitNOFILE= of a service), and run it again	ScarcityTests.aLowHardLimitOfOpenFilesCostsNoFile
        raise the limit of processes and threads (ulimit -u, TasksMax= of a service, the pids limit of a container)	ScarcityTests.withFewThreadsItWorksOrSaysWhy
        raise the quota at the provider, or make room	RefusalHintTests.whatTheProviderLiftsIsOver
        rename the file or folder, or give another one	DoctorHintTests.whatItAdvisesIsDone
        rename the provider	ConfigurationHintTests.theHintIsGivenAndHelps
        run it again when all providers answer	ReluctantProviderTests.aMarkerThatOneDoesNotTakeIsPutByTheNextPrune
        run it again: what is stored stays stored	InterruptionTests.theNextRunStoresOnlyWhatIsNotThere
        run it again: what is there stays there	OutageHintTests.whatIsDoneAgainWhenItAnswersEndsWell
        run it again: what only reads goes on without the catalog, and the next backup sets it aside and makes another	CatalogLossTests.aDamagedOneStopsNothing
        run it where they can be read	LostOutputTests.noVaultIsMadeWhoseWordsNobodyCanRead
        run the command in a shell to see what it says	SecretHintTests.credentialsAreFound
        set region to …, and endpoint to that region's address	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        set this machine's clock; `timedatectl` shows whether it is synchronised	RefusalHintTests.whatTheProviderLiftsIsOver
        set …, or give --password-file, or password_command in the configuration	SecretHintTests.passwordsAndStateAreFound
        share another snapshot: photobackup snapshots shows what there is	KeptLinkTests.whatIsAboutToBeDeletedIsNotShared
        share fewer files, or folder by folder	ShareFormatTests.aListThatIsTooLongIsDivided
        six words chosen by dice, or 12 letters and digits at random, are strong; …	InitialiseOutputTests.aWeakPasswordIsTakenAndCalledSo
        take away what is in its place	StateFolderTests.noneStopsAnything
        take one of them out of the configuration, or give it a place of its own	PlaceTests.oneBucketByTwoNamesIsRefused
        take storage_class = "…" out of the configuration, or name a class that the provider has	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        take the rule out at the provider, or limit it to probe/ and shares/: the vault deletes what it needs no more	AnnouncementTests.aRuleThatWillDeleteThePhotosIsSaidUntilItIsGone
        the 24 words open it; photobackup verify names what the providers show that is not this vault's	PlantedKeyringSecretTests.aPasswordThatDoesNotOpenIsNotCalledChanged
        the catalog can be deleted at any time; the next run fills it again from a replica	LostReplicaTests.theCatalogCanBeDeletedAtAnyTime
        the configuration can name a password_command, a profile or a credentials_command	DoctorHintTests.whatItAdvisesIsDone
        the configuration names: 	HintTrialTests.theHintIsGivenAndHelps
        the configuration names: …	HintTrialTests.theHintIsGivenAndHelps
        the file is TOML, see https://toml.io	ConfigurationHintTests.theHintIsGivenAndHelps
        the log is a file in a folder that this user may write to	DoctorHintTests.whatItAdvisesIsDone
        the new password counts from now on: run photobackup heal, and this again, when the other providers answer	LocalHintTests.aPasswordIsChangedWhenTheDisksTakeIt
        the next backup copies what it misses; photobackup heal does so now	DoctorTests.whatStatusFindsIsAProblem
        the next prune goes on; prune_profile names credentials that may delete	ReluctantProviderTests.oneReplicaThatRefusesToDeleteStopsNoOther
        the next run copies what it misses from another replica	OutageHintTests.whatIsDoneAgainWhenItAnswersEndsWell
        the password stays as it is; a new vault has another	PlantedKeyringSecretTests.afterTheVaultsOwnLastSequenceNothingIsWritten
        the state folder can be chosen with `state` in the configuration	SecretHintTests.passwordsAndStateAreFound
        the vault has it as it was: photobackup restore brings it back	DrillTests.anOriginalThatRotsIsNamed
        the vault is there, and the words that were shown open it: photobackup heal finishes it when the other providers answer	InitialiseTests.oneThatTooFewHaveStoredIsFinishedByHeal
        the wrapped key on the emergency kit and the 24 words open it still: --wrapped-key	KitTests.theWordsOpenWhatIsLeftWhereEveryKeyringIsLost
        there are some by …	CommandHintTests.whatIsNamedIsFound
        there are …	HintTrialTests.theHintIsGivenAndHelps
        they are small and do no harm: delete them with a key that may, or let them be	LinkHintTests.aKeyThatMayDeleteTakesALinkBack
        timedatectl set-ntp true; requests are refused when clocks differ by 15 minutes	DoctorTests.aClockThatIsWrongIsNamed
        try again later	LinkHintTests.aLinkIsOpenedWhenItsPlaceAnswers
        try again when the others answer	OutageHintTests.aVaultIsFoundWhenTheOthersAnswer
        try again when there is a connection	LinkHintTests.aLinkIsOpenedWhenItsPlaceAnswers
        turn versioning off, or delete old versions with a lifecycle rule of the provider	DeletionTests.versionsWithoutIdsAreNotDeleted
        up to 64 letters, digits, '-' and '_'	ConfigurationHintTests.theHintIsGivenAndHelps
        use a bucket with object lock of a provider that has it, or take lock_days out	DoctorHintTests.whatIsWrongWithAProviderIsMended
        wait until it has ended; cron may have started it	InterruptionTests.anotherRunIsRefusedWhileOneIsGoingOn
        what an earlier or later snapshot has of it can still be restored	FlowForgetTests.whatAPruneHasBegunToDeleteDoesNot
        with a [share] location in the configuration it can last longer	LinkHintTests.aLinkIsMadeAsTheHintSays
        with the 24 recovery words in PHOTOBACKUP_RECOVERY_PHRASE it opens without it	SecretHintTests.theWordsOpenWhatThePasswordDoesNot
        without --port a free one is taken	LocalHintTests.aFreePortIsTaken
        without --previews-only it has the files themselves	LinkHintTests.aLinkIsMadeAsTheHintSays
        write addressing = "path" for this provider	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        write addressing = "virtual" for this provider	RefusalHintTests.whatTheConfigurationHasRightIsTaken
        write aws_access_key_id and aws_secret_access_key there, or: aws configure --profile …	SecretHintTests.credentialsAreFound
        write https:// in endpoint (…)	ConnectionHintTests.theRightWayIsTaken
        write it, or name another with --config or PHOTOBACKUP_CONFIG	HintTrialTests.theHintIsGivenAndHelps
        write them into https_proxy or http_proxy as http://USER:PASSWORD@HOST:PORT	ConnectionHintTests.theRightWayIsTaken
        … names: …; a new one is added there first	CommandHintTests.providersAreAddedAndRemoved
        …ACCESS_KEY_ID and …SECRET_ACCESS_KEY belong together	SecretHintTests.halfAPairIsMadeWhole
        """#
}
