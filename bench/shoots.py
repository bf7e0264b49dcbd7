"""Jobs of bulk: a shoot to three places."""

import os
import statistics
from pathlib import Path

import data
from job import OURS, Bench, Goal, Job, Results, at_most
from measure import WORK, Measurement, limit, limits_at_once, plain_write, total
from peers import Rclone, Restic
from program import DirectoryProvider

PACK = 16 << 20
PARTS = "sum of the parts"
PLAIN = "plain PUT to "
ALL_AT_ONCE = "plain PUT to all at once"
WRITE = "three plain writes"
# A file system in memory, where no disk is waited for.
MEMORY = Path("/dev/shm")
IN_MEMORY = OURS + ", directories in memory"


class Shoot(Job):
    name = "shoot"
    title = "{gigabytes} GB of 25 MB files to three servers"
    processor_goal = 3.8

    def __init__(self, bench: Bench):
        super().__init__(bench)
        self.gigabytes = bench.sizes.gigabytes

    def prepare(self) -> None:
        self.source = self.read_by_all = data.shoot(self.bench.data, self.bench.sizes.shoot_files)
        self.files = sorted(self.source.iterdir())
        self.places = self.make_places()
        self.server_processor: list[float] = []

    def make_places(self) -> list:
        return self.bench.servers

    # MARK: - The program

    def backup(self, number: int, places=None) -> Measurement:
        machine = self.bench.machine(f"{self.name}-{number}", self.source, places or self.places)
        self.bench.reset_counts()
        before = self.bench.server_processor()
        measured = machine.backup()
        self.server_processor.append(self.bench.server_processor() - before)
        self.counts = self.bench.counts()
        assert measured.summary["files_new"] == len(self.files), measured.summary
        machine.forget()
        return measured

    def contenders(self):
        contenders = {OURS: self.backup, PARTS: self.parts}
        for place in self.places:
            contenders[PLAIN + place.name] = lambda number, place=place: self.plain_put(place)
        contenders[ALL_AT_ONCE] = self.plain_put_to_all
        return contenders

    # MARK: - Limits

    def parts(self, _: int) -> Measurement:
        """Reading, the content's id, sealing and the pack's hash, each by itself; the sending is added later."""
        amount = int(self.gigabytes * 1e9) >> 20
        return total(
            [limit("read", amount, lines=self.files)]
            + [limit(function, amount) for function in ("hmac", "secretstream", "sha256")]
        )

    def plain_put_call(self, server):
        count = -(-int(self.gigabytes * 1e9) // PACK)
        addresses = server.presigned("put_object", [f"plain/{number}" for number in range(count)])
        environment = {"LIMITS_CA_FILE": server.ca_file} if server.ca_file else {}
        return [int(self.gigabytes * 1e9) // count], addresses, environment

    def plain_put(self, server) -> Measurement:
        arguments, addresses, environment = self.plain_put_call(server)
        measured = limit("put", *arguments, lines=addresses, environment=environment)
        server.clear("plain/")
        return measured

    def plain_put_to_all(self, _: int) -> Measurement:
        """A plain client for each server, side by side: what the servers make of the machine's cores."""
        measured = limits_at_once("put", [self.plain_put_call(place) for place in self.places])
        for place in self.places:
            place.clear("plain/")
        return measured

    # MARK: - Peers

    def peers(self):
        return {"restic, three times": self.restic, "rclone crypt, three times": self.rclone}

    def restic(self, number: int) -> Measurement:
        def one(place) -> Measurement:
            repository = Restic(WORK / "peers" / "restic", place, f"restic-{number}")
            measured = repository.backup(self.source)
            place.clear(f"restic-{number}/")
            return measured

        return total(map(one, self.places))

    def rclone(self, number: int) -> Measurement:
        def one(place) -> Measurement:
            measured = Rclone(WORK / "peers" / "rclone", place, f"rclone-{number}").copy(self.source)
            place.clear(f"rclone-{number}/")
            return measured

        return total(map(one, self.places))

    # MARK: - What came out

    def conclude(self, results: Results) -> None:
        plain = [results[PLAIN + place.name] for place in self.places]
        self.sum_of_parts = results[PARTS].processor + sum(each.processor for each in plain)
        self.slowest_put = max(each.wall for each in plain)
        results.notes.append(f"sum of the parts with three plain PUTs: {self.sum_of_parts:.2f} s of processor time")
        results.notes.append(
            f"photobackup takes {results[OURS].processor / self.sum_of_parts:.2f} × that, and "
            f"{results[OURS].wall / self.slowest_put:.2f} × the wall time of PUTs to the slowest server alone"
        )
        servers = statistics.median(self.server_processor)
        floor = (results[OURS].processor + servers) / os.cpu_count()
        results.notes.append(
            f"the servers, on the same {os.cpu_count()} cores, took {servers:.2f} s of processor time for a backup: with "
            f"photobackup's own it cannot end before {floor:.2f} s, of which it takes {results[OURS].wall / floor:.2f} ×"
        )
        results.notes.append(
            f"{results[OURS].wall / results[ALL_AT_ONCE].wall:.2f} × the wall time of plain PUTs to all at once, which "
            "read, hash and seal nothing"
        )
        results.notes += self.request_counts()

    def request_counts(self) -> list[str]:
        self.backup(99, self.bench.counting_servers)
        return self.counts

    def goals(self, results: Results) -> list[Goal]:
        ours = results[OURS]
        return [
            at_most("processor", ours.processor / self.gigabytes, self.processor_goal, "s a GB"),
            at_most("processor", ours.processor / self.sum_of_parts, 1.15, "× its parts"),
            at_most("wall", ours.wall / self.slowest_put, 1.15, "× plain PUTs to the slowest server"),
            at_most("peak memory", ours.peak / (1 << 20), 200, "MiB"),
        ]


class ShootTLS(Shoot):
    name = "shoot-tls"
    title = "{gigabytes} GB of 25 MB files to three servers over TLS"
    processor_goal = 4.6

    def make_places(self):
        return self.bench.tls_servers

    def request_counts(self) -> list[str]:
        return []


class ShootDirectories(Shoot):
    name = "shoot-dirs"
    title = "{gigabytes} GB of 25 MB files onto three directories"

    def make_places(self):
        return self.directories(WORK / "directories")

    def directories(self, parent: Path):
        return [DirectoryProvider(f"disk{number}", parent / str(number)) for number in (1, 2, 3)]

    def contenders(self):
        contenders = {OURS: self.backup, PARTS: self.parts, WRITE: self.plain_write}
        if MEMORY.exists():
            contenders[IN_MEMORY] = lambda number: self.backup(number, self.directories(MEMORY / "photobackup-bench"))
        return contenders

    def plain_write(self, _: int) -> Measurement:
        return plain_write(int(self.gigabytes * 1e9), copies=3)

    def restic(self, number: int) -> Measurement:
        place = WORK / "peers" / "restic-repository"
        return total(Restic(WORK / "peers" / "restic", place).backup(self.source) for _ in self.places)

    def peers(self):
        return {"restic, three times": self.restic}

    def conclude(self, results: Results) -> None:
        results.notes.append(
            f"sum of the parts with three plain writes: "
            f"{results[PARTS].processor + results[WRITE].processor:.2f} s of processor time"
        )

    def goals(self, results: Results) -> list[Goal]:
        goals = [
            at_most(f"{name}: wall", results[name].wall / results[name].processor, 0.6, "× processor")
            for name in (OURS, IN_MEMORY) if name in results
        ]
        return goals + [at_most("peak memory", results[OURS].peak / (1 << 20), 200, "MiB")]
