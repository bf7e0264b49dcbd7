"""Jobs that read a vault: restore and verify; and how fast the program begins."""

import data
from job import OURS, Goal, Job, Results, at_most
from measure import WORK, Measurement, limit, plain_write, run, total
from peers import RCLONE, Rclone, Restic, version
from program import PROGRAM


class RestoreOne(Job):
    name = "restore-one"
    title = "restore of {gigabytes} GB from one server"

    def prepare(self) -> None:
        self.source = data.shoot(self.bench.data, self.bench.sizes.shoot_files)
        self.gigabytes = self.bench.sizes.gigabytes
        self.machine = self.bench.machine(self.name, self.source, self.bench.servers)
        self.machine.backup()
        self.restored = WORK / "restored"
        self.peer_server = self.bench.servers[0]

    def ours(self, server=None, *options) -> Measurement:
        measured = self.machine.restore(self.restored, server, *options)
        assert measured.summary["files_restored"] == self.bench.sizes.shoot_files, measured.summary
        return measured

    def contenders(self):
        contenders = {}
        for server in self.bench.servers:
            contenders[f"{OURS} from {server.name}"] = lambda _, server=server: self.ours(server)
            contenders[f"plain GET from {server.name}"] = lambda _, server=server: self.plain_get(server)
        contenders["plain write"] = lambda _: plain_write(int(self.gigabytes * 1e9))
        contenders["opening alone"] = lambda _: total(
            limit(function, round(self.gigabytes * 1e9 / (1 << 20))) for function in ("secretstream", "hmac")
        )
        return contenders

    def plain_get(self, server) -> Measurement:
        packs = server.keys(f"{self.machine.prefix}/packs/")
        assert packs, "no packs to get"
        return limit("get", lines=server.presigned("get_object", packs))

    def peers(self):
        server = self.peer_server
        restic = Restic(WORK / "peers" / "restic-restore", server, "restic-restore")
        restic.backup(self.source)
        rclone = Rclone(WORK / "peers" / "rclone", server, "rclone-restore")
        rclone.copy(self.source)
        return {
            f"restic from {server.name}": lambda _: restic.restore(self.restored),
            f"rclone crypt from {server.name}": lambda _: rclone.restore(self.restored),
        }

    def conclude(self, results: Results) -> None:
        if "plain write" in results:
            gets = [results[name].processor for name in results.measurements if name.startswith("plain GET")]
            floor = min(gets) + results["plain write"].processor + results["opening alone"].processor
            results.notes.append(f"getting, opening and writing alone: {floor:.2f} s of processor time")
        self.machine.forget()
        for prefix in ("restic-restore/", "rclone-restore/"):
            self.peer_server.clear(prefix)

    def goals(self, results: Results) -> list[Goal]:
        ours = [results[f"{OURS} from {server.name}"] for server in self.bench.servers]
        return [
            at_most("processor", max(m.processor for m in ours) / self.gigabytes, 2.8, "s a GB"),
            at_most("peak memory", max(m.peak for m in ours) / (1 << 20), 200, "MiB"),
        ]


class RestoreThree(RestoreOne):
    name = "restore-three"
    title = "restore of {gigabytes} GB from three servers at once"

    def contenders(self):
        contenders = {OURS: lambda _: self.ours()}
        for server in self.bench.servers:
            contenders[f"{OURS} from {server.name}"] = lambda _, server=server: self.ours(server)
        # The servers share the cores with the program; providers do not, and end where their links do.
        link = ("--limit-download", "50M")
        contenders[f"{OURS}, links of 50 MB/s"] = lambda _: self.ours(None, *link)
        contenders[f"{OURS} from one link of 50 MB/s"] = lambda _: self.ours(self.bench.servers[0], *link)
        return contenders

    def peers(self):
        return {}

    def goals(self, results: Results) -> list[Goal]:
        fastest = min(results[f"{OURS} from {server.name}"].wall for server in self.bench.servers)
        ours = results[OURS].wall
        linked, link = results[f"{OURS}, links of 50 MB/s"].wall, results[f"{OURS} from one link of 50 MB/s"].wall
        return [
            Goal("wall below the fastest server alone", f"{ours:.2f} s, {fastest:.2f} s alone", ours < fastest),
            Goal("the same over links of 50 MB/s", f"{linked:.2f} s, {link:.2f} s alone", linked < link),
        ]


class VerifyRead(RestoreOne):
    name = "verify-read"
    title = "verify --level read of {gigabytes} GB on each of three servers"

    def verify(self, _: int) -> Measurement:
        return self.machine.run("verify", "--level", "read")

    def contenders(self):
        contenders = {OURS: self.verify}
        for server in self.bench.servers:
            contenders[f"plain GET from {server.name}"] = lambda _, server=server: self.plain_get(server)
        contenders["SHA-256 of three copies"] = lambda _: limit("sha256", round(3e9 * self.gigabytes / (1 << 20)))
        return contenders

    def peers(self):
        restic = Restic(WORK / "peers" / "restic-restore", self.peer_server, "restic-restore")
        restic.backup(self.source)
        return {f"restic check --read-data on {self.peer_server.name}": lambda _: restic.check_data()}

    def conclude(self, results: Results) -> None:
        limits = sum(results[name].processor for name in results.measurements if name.startswith(("plain", "SHA")))
        results.notes.append(f"plain GETs and the hash alone: {limits:.2f} s of processor time")
        super().conclude(results)

    def goals(self, results: Results) -> list[Goal]:
        ours = results[OURS]
        speed = ours.summary["bytes_read"] / ours.processor / 1e9
        return [
            Goal("at least 1 GB a second and core", f"{speed:.2f} GB", speed >= 1),
            at_most("peak memory", ours.peak / (1 << 20), 200, "MiB"),
        ]


class StartUp(Job):
    name = "start-up"
    title = "--version, and status on a vault of {tiny_files:,} files"

    def prepare(self) -> None:
        source = data.many(self.bench.data, self.bench.sizes.tiny_files, 16)
        self.machine = self.bench.backed_up(source)

    def contenders(self):
        return {
            f"{OURS} --version": self.version,
            f"{OURS} status": lambda _: self.machine.run("status"),
        }

    def version(self, _: int) -> Measurement:
        return run([PROGRAM, "--version"], {"HOME": "/nowhere"})

    def peers(self):
        return {
            "restic version": lambda _: version("restic"),
            "rclone version": lambda _: version(RCLONE),
            "borg --version": lambda _: version("borg"),
        }

    def goals(self, results: Results) -> list[Goal]:
        return [
            at_most("--version, wall", results[f"{OURS} --version"].wall * 1000, 20, "ms"),
            at_most("status, wall", results[f"{OURS} status"].wall * 1000, 200, "ms"),
        ]
