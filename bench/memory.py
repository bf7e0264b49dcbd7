"""The job of memory: its peak does not grow with what is backed up."""

import data
from job import Goal, Job, Results, at_most
from measure import WORK, Measurement
from program import DirectoryProvider


class Memory(Job):
    name = "memory"
    title = "peak memory, from little to much"

    def prepare(self) -> None:
        files = self.bench.sizes.shoot_files
        self.shoots = [data.shoot(self.bench.data, count) for count in (files, 4 * files)]
        self.films = [data.one_large(self.bench.data, count) for count in (1, self.bench.huge_gibibytes)]

    def contenders(self):
        contenders = {}
        for source in self.shoots:
            contenders[f"{source.name} to three servers"] = (
                lambda number, source=source: self.backup(source, number, self.bench.servers)
            )
        for source in self.films:
            contenders[f"{source.name} GiB in one file to a directory"] = (
                lambda number, source=source: self.backup(
                    source, number, [DirectoryProvider("disk", WORK / "directories" / "film")]
                )
            )
        return contenders

    def backup(self, source, number: int, providers) -> Measurement:
        machine = self.bench.machine(f"memory-{source.name}-{number}", source, providers)
        measured = machine.backup()
        machine.forget()
        return measured

    def run(self, rounds: int) -> Results:
        # Peaks vary little, and the large ones take long.
        return super().run(min(rounds, 2))

    def goals(self, results: Results) -> list[Goal]:
        goals = []
        peaks = {name: results[name].peak / (1 << 20) for name in results.measurements}
        for (small, small_peak), (large, large_peak) in zip(*[iter(peaks.items())] * 2):
            goals.append(at_most(large, large_peak, 200, "MiB"))
            goals.append(at_most(f"{large}: flat", large_peak / small_peak, 1.1, f"× that of {small}"))
        return goals
