import Testing

@testable import Configuration

@Suite struct UnattendedConfigurationTests {
    @Test func everyKeyIsRead() throws {
        let unattended = try parse(
            """
            [schedule]
            verify = "checksum"
            verify_days = 7
            verify_budget = "20GB"
            reread_days = 100
            prune = false

            [retention]
            keep_last = 1
            keep_hourly = 2
            keep_daily = 3
            keep_weekly = 4
            keep_monthly = 5
            keep_yearly = 6
            keep_within = "2y5m7d"
            keep_tags = ["a,b", "c"]

            [notify]
            ping = "https://hc.example.org/id"
            command = "mail"
            metrics = "~/photobackup.prom"

            [hooks]
            before = "mount"
            after = "umount"
            """
        ).unattended
        #expect(unattended.schedule.verifyLevel == .checksum)
        #expect(unattended.schedule.verifyDays == 7)
        #expect(unattended.schedule.rereadDays == 100)
        #expect(unattended.schedule.verifyBudget == 20_000_000_000)
        #expect(!unattended.schedule.prunes)
        let retention = try #require(unattended.retention)
        #expect([retention.last, retention.hourly, retention.daily] == [1, 2, 3])
        #expect([retention.weekly, retention.monthly, retention.yearly] == [4, 5, 6])
        #expect(retention.within == "2y5m7d")
        #expect(retention.tags == ["a,b", "c"])
        #expect(unattended.notify.ping == "https://hc.example.org/id")
        #expect(unattended.notify.command == "mail")
        #expect(unattended.notify.metrics == "/home/ada/photobackup.prom")
        #expect(unattended.hooks.before == "mount" && unattended.hooks.after == "umount")
    }

    @Test func withoutAnythingOneThirtiethIsReadAndNothingForgotten() throws {
        let unattended = try parse(bucket).unattended
        #expect(unattended.schedule.verifyLevel == .read)
        #expect(unattended.schedule.verifyDays == 30)
        #expect(unattended.schedule.rereadDays == nil)
        #expect(unattended.schedule.verifyBudget == nil)
        #expect(unattended.retention == nil)
        #expect(unattended.notify.ping == nil && unattended.notify.command == nil)
        #expect(try parse("[schedule]\nverify = \"none\"").unattended.schedule.verifyLevel == nil)
    }

    @Test(arguments: [
        ("[schedule]\nverify = \"all\"", "schedule.verify"),
        ("[schedule]\nverify_days = 0", "schedule.verify_days"),
        ("[schedule]\nreread_days = 0", "schedule.reread_days"),
        ("[schedule]\nverify_budget = \"much\"", "schedule.verify_budget"),
        ("[schedule]\nprune = \"yes\"", "schedule.prune"),
        ("[retention]", "retention"),
        ("[retention]\nkeep_daily = 0", "retention.keep_daily"),
        ("[retention]\nkeep_day = 3", "retention.keep_day"),
        ("[notify]\nping = \"hc.example.org\"", "notify.ping"),
        ("[notify]\nmetrics = \"relative.prom\"", "notify.metrics"),
        ("[hooks]\nbefor = \"a\"", "hooks.befor"),
        ("notify = 3", "notify"),
    ])
    func whatCannotBeIsNamed(text: String, keyPath: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try parse(text) }
        #expect(error.keyPath == keyPath)
        #expect(error.hint != nil || error.code == .wrongType)
    }
}
