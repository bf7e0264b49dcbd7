"""What a job of the benchmark is, and what all jobs share: data, servers, and vaults that several jobs look at."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import data
from measure import WORK, Measurement, median
from program import Machine
from proxy import CountingProxy
from servers import Server, ServerFolder

OURS = "photobackup"


@dataclass(frozen=True)
class Sizes:
    """How many files: of 25 MB, of 3 KB, and of a few bytes."""

    shoot_files: int
    small_files: int
    tiny_files: int

    @property
    def gigabytes(self) -> float:
        return self.shoot_files * 25_000_000 / 1e9


FULL = Sizes(shoot_files=40, small_files=100_000, tiny_files=1_000_000)
QUICK = Sizes(shoot_files=4, small_files=5_000, tiny_files=20_000)


@dataclass(frozen=True)
class Goal:
    """One goal of the table, what was reached, and whether that holds it."""

    text: str
    reached: str
    holds: bool


def at_most(what: str, value: float, bound: float, unit: str = "s") -> Goal:
    return Goal(f"{what} ≤ {bound:.4g} {unit}".strip(), f"{value:.3g} {unit}".strip(), value <= bound)


class Results:
    """The measurements of one job, by contender."""

    def __init__(self):
        self.measurements: dict[str, list[Measurement]] = {}
        self.notes: list[str] = []

    def add(self, contender: str, measurement: Measurement) -> None:
        self.measurements.setdefault(contender, []).append(measurement)

    def __getitem__(self, contender: str) -> Measurement:
        return median(self.measurements[contender])

    def __contains__(self, contender: str) -> bool:
        return contender in self.measurements


class Bench:
    """What the jobs of one run share."""

    def __init__(self, sizes: Sizes, with_peers: bool, huge_gibibytes: int):
        self.sizes, self.with_peers, self.huge_gibibytes = sizes, with_peers, huge_gibibytes
        self.data = WORK / "data"
        self._folders: list[ServerFolder] = []
        self._plain: list[Server] = []
        self._tls: list[Server] = []
        self._proxies: list[CountingProxy] = []
        self._machines: dict[Path, Machine] = {}

    def _start(self, folder: str, *names: str) -> list[Server]:
        servers = ServerFolder(WORK / folder)
        # Those of a run that was killed.
        if servers.path.exists():
            servers.stop()
            shutil.rmtree(servers.path)
        self._folders.append(servers)
        return servers.start(*names)

    @property
    def servers(self) -> list[Server]:
        """Three that are each of another make."""
        if not self._plain:
            self._plain = self._start("servers", "seaweedfs", "rclone", "moto")
        return self._plain

    @property
    def tls_servers(self) -> list[Server]:
        """Three that speak TLS."""
        if not self._tls:
            for number in (1, 2, 3):
                server = self._start(f"servers-tls-{number}", "rclone-tls")[0]
                self._tls.append(Server(**{**server.__dict__, "name": f"{server.name}-{number}"}))
        return self._tls

    @property
    def proxies(self) -> list[CountingProxy]:
        """One before each of the three servers, counting."""
        if not self._proxies:
            self._proxies = [CountingProxy(server) for server in self.servers]
        return self._proxies

    def machine(self, name: str, source: Path, providers) -> Machine:
        """A machine with a new vault."""
        return Machine(WORK / "homes" / name, providers, f"bench-{name}", source).make_vault()

    @property
    def counting_servers(self) -> list[Server]:
        """The three servers, as they are reached through what counts."""
        return [proxy.server for proxy in self.proxies]

    def reset_counts(self) -> None:
        for proxy in self._proxies:
            proxy.reset()

    def counts(self) -> list[str]:
        """What each server was asked since `reset_counts`, a line each."""
        return [
            f"{proxy.server.name}: {sum(proxy.requests.values())} requests ("
            + ", ".join(f"{count} {verb}" for verb, count in sorted(proxy.requests.items()))
            + f"), {proxy.body_bytes:,} bytes sent"
            for proxy in self._proxies
        ]

    def most_requests(self, verb: str | None = None) -> int:
        """Of the server that was asked most."""
        return max(
            proxy.requests[verb] if verb else sum(proxy.requests.values()) for proxy in self._proxies
        )

    def server_processor(self) -> float:
        """What all servers have taken so far, in seconds."""
        return sum(servers.processor() for servers in self._folders)

    def backed_up(self, source: Path) -> Machine:
        """A machine whose vault, on the three servers, holds `source`; every request to them is counted."""
        if source not in self._machines:
            machine = self.machine(source.name, source, self.counting_servers)
            machine.backup()
            # The second run looks again at what was written in the clock's last moments of the first.
            machine.backup()
            self._machines[source] = machine
        return self._machines[source]

    def end(self) -> None:
        for servers in self._folders:
            servers.stop()
            shutil.rmtree(servers.path, ignore_errors=True)
        for folder in ("homes", "peers", "directories", "restored"):
            shutil.rmtree(WORK / folder, ignore_errors=True)


class Job:
    """One row of the table. The contenders of a round run in turn."""

    name = ""
    title = ""
    # What every contender reads whole. It is read before each of them, since a machine takes back what nobody has
    # looked at for a while, and who comes next would wait for the disk.
    read_by_all: Path | None = None

    def __init__(self, bench: Bench):
        self.bench = bench

    def prepare(self) -> None:
        """Makes data and what the contenders begin with."""

    def contenders(self) -> dict[str, Callable[[int], Measurement]]:
        raise NotImplementedError

    def peers(self) -> dict[str, Callable[[int], Measurement]]:
        return {}

    def conclude(self, results: Results) -> None:
        """Counts what needs no round, adds notes, and takes away what the job made."""

    def goals(self, results: Results) -> list[Goal]:
        return []

    def run(self, rounds: int) -> Results:
        self.prepare()
        contenders = self.contenders() | (self.peers() if self.bench.with_peers else {})
        results = Results()
        for number in range(rounds):
            for name, contender in contenders.items():
                if self.read_by_all is not None:
                    data.warm(self.read_by_all)
                results.add(name, contender(number))
        self.conclude(results)
        return results
