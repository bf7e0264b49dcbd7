import Configuration
import Testing

@Suite struct StandardPathsTests {
    private func paths(_ environment: [String: String]) -> StandardPaths {
        StandardPaths(ProcessEnvironment(environment.merging(["HOME": "/h"]) { first, _ in first }))
    }

    @Test func theConfigurationFileIsTheFirstThatIsNamed() {
        let all = ["PHOTOBACKUP_CONFIG": "~/e.toml", "XDG_CONFIG_HOME": "/x"]
        #expect(paths(all).configurationFile(option: "o.toml") == "o.toml")
        #expect(paths(all).configurationFile(option: nil) == "/h/e.toml")
        #expect(
            paths(["XDG_CONFIG_HOME": "/x"]).configurationFile(option: nil) == "/x/photobackup/config.toml")
        #expect(paths([:]).configurationFile(option: nil) == "/h/.config/photobackup/config.toml")
    }

    @Test func relativeBaseDirectoriesAndEmptyVariablesAreIgnored() {
        let environment = ["PHOTOBACKUP_CONFIG": "", "XDG_CONFIG_HOME": "x", "XDG_STATE_HOME": "y"]
        #expect(paths(environment).configurationFile(option: nil) == "/h/.config/photobackup/config.toml")
        #expect(paths(environment).stateDirectory == "/h/.local/state/photobackup")
        #expect(paths(["XDG_STATE_HOME": "/s"]).stateDirectory == "/s/photobackup")
    }

    @Test(arguments: [("~", "/h"), ("~/a", "/h/a"), ("~ada/a", "~ada/a"), ("/~/a", "/~/a"), ("a", "a")])
    func onlyALeadingTildeIsTheHomeFolder(path: String, expanded: String) {
        #expect(paths([:]).expanding(path) == expanded)
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", 0), ("512", 512), ("10M", 10_000_000), ("20GB", 20_000_000_000), ("4MiB", 4 << 20),
        ("1 kb", 1000),
        ("1.5k", 1500), ("0.1GB", 100_000_000), ("1.5GiB", 3 << 29), ("2T", 2_000_000_000_000), ("7b", 7),
    ])
    func sizes(text: String, bytes: Int) {
        #expect(Quantity.byteCount(text) == bytes)
    }

    @Test(arguments: [
        "", "GB", "-1", "1X", "1.", ".5", "1..2", "1e3", "1GBs", "99999999999999999999", "9999999999T", "１",
        "1.1234567",
    ])
    func whatIsNoSize(text: String) {
        #expect(Quantity.byteCount(text) == nil)
    }

    @Test(arguments: [
        ("30d", 2_592_000), ("6h", 21_600), ("90m", 5400), ("15s", 15), ("2w", 1_209_600), ("1.5h", 5400),
    ])
    func durations(text: String, seconds: Int) {
        #expect(Quantity.duration(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "30", "d", "1y", "-1d", "1d2h"])
    func whatIsNoDuration(text: String) {
        #expect(Quantity.duration(text) == nil)
    }
}
