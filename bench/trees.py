"""Jobs of many files: new, unchanged, and one added."""

import data
from job import OURS, Goal, Job, Results, at_most
from measure import WORK, Measurement, total
from peers import Borg, Restic, find

FIND = "find, with a stat each"
RESTIC = "restic, one local copy"
BORG = "borg, one local copy"


class Small(Job):
    name = "small"
    title = "{small_files:,} new files of 3 KB to three servers"

    def prepare(self) -> None:
        self.count = self.bench.sizes.small_files
        self.source = self.read_by_all = data.many(self.bench.data, self.count, 3000)

    def backup(self, number: int, providers=None) -> Measurement:
        machine = self.bench.machine(f"{self.name}-{number}", self.source, providers or self.bench.servers)
        self.bench.reset_counts()
        measured = machine.backup()
        self.counts = self.bench.counts()
        assert measured.summary["files_new"] == self.count, measured.summary
        machine.forget()
        return measured

    def contenders(self):
        return {OURS: self.backup}

    def peers(self):
        return {
            "restic, three servers": self.restic_to_servers,
            RESTIC: lambda _: Restic(WORK / "peers/restic", WORK / "peers/restic-repository").backup(self.source),
            BORG: lambda _: Borg(WORK / "peers/borg", WORK / "peers/borg-repository").backup(self.source),
        }

    def restic_to_servers(self, number: int) -> Measurement:
        def one(server) -> Measurement:
            measured = Restic(WORK / "peers" / "restic", server, f"restic-{number}").backup(self.source)
            server.clear(f"restic-{number}/")
            return measured

        return total(map(one, self.bench.servers))

    def conclude(self, results: Results) -> None:
        # Once more, through what counts; the time of that is not told.
        self.backup(99, self.bench.counting_servers)
        self.puts = self.bench.most_requests("PUT")
        results.notes += self.counts

    def goals(self, results: Results) -> list[Goal]:
        return [
            at_most("processor", results[OURS].processor, 6),
            at_most("PUT requests a replica", self.puts, 100, ""),
            at_most("peak memory", results[OURS].peak / (1 << 20), 200, "MiB"),
        ]


class Unchanged(Job):
    name = "unchanged"
    title = "{small_files:,} files unchanged"
    goal_seconds, goal_mebibytes = 0.4, 50

    def make_source(self):
        return data.many(self.bench.data, self.bench.sizes.small_files, 3000)

    def prepare(self) -> None:
        self.source = self.make_source()
        self.count = sum(1 for _ in self.source.glob("*/*"))
        self.machine = self.bench.backed_up(self.source)
        self.repositories = {}
        if self.bench.with_peers:
            folder = WORK / "peers" / self.name
            self.repositories = {
                RESTIC: Restic(folder / "restic", folder / "restic-repository"),
                BORG: Borg(folder / "borg", folder / "borg-repository"),
            }
        for repository in self.repositories.values():
            repository.backup(self.source)

    def backup(self, _: int) -> Measurement:
        self.bench.reset_counts()
        measured = self.machine.backup()
        self.counts = self.bench.counts()
        assert measured.summary["files_unmodified"] == self.count, measured.summary
        assert measured.summary["packs_stored"] == 0, measured.summary
        return measured

    def contenders(self):
        return {OURS: self.backup, FIND: lambda _: find(self.source)}

    def peers(self):
        return {
            name: lambda _, repository=repository: repository.backup(self.source)
            for name, repository in self.repositories.items()
        }

    def conclude(self, results: Results) -> None:
        results.notes += self.counts
        ratio = results[OURS].processor / results[FIND].processor
        results.notes.append(f"photobackup takes {ratio:.2f} × the processor time of the walk alone")

    def goals(self, results: Results) -> list[Goal]:
        ours = results[OURS]
        return [
            at_most("processor", ours.processor, self.goal_seconds),
            at_most("wall", ours.wall, self.goal_seconds),
            at_most("peak memory", ours.peak / (1 << 20), self.goal_mebibytes, "MiB"),
        ]


class UnchangedMillion(Unchanged):
    name = "unchanged-million"
    title = "{tiny_files:,} files unchanged"
    goal_seconds, goal_mebibytes = 3.5, 80

    def make_source(self):
        return data.many(self.bench.data, self.bench.sizes.tiny_files, 16)


class OneAdded(UnchangedMillion):
    name = "one-added"
    title = "one small file added to {tiny_files:,}"
    goal_seconds = 4

    def make_source(self):
        source = super().make_source()
        for left in source.glob("added-*"):
            left.unlink()
        return source

    def backup(self, number: int) -> Measurement:
        (self.source / f"added-{number}.xmp").write_bytes(f"number {number}".encode() * 200)
        self.bench.reset_counts()
        measured = self.machine.backup()
        self.counts, self.most_requests = self.bench.counts(), self.bench.most_requests()
        assert measured.summary["files_new"] == 1, measured.summary
        return measured

    def conclude(self, results: Results) -> None:
        results.notes += self.counts
        for added in self.source.glob("added-*"):
            added.unlink()

    def goals(self, results: Results) -> list[Goal]:
        return super().goals(results)[:2] + [at_most("requests a provider", self.most_requests, 11, "")]
