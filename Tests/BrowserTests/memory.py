"""How much memory a browser's processes take, as the kernel counts it."""

from contextlib import suppress
from pathlib import Path

# A browser ends some of its processes while one looks at them.
ended = suppress(FileNotFoundError, ProcessLookupError)


def reset_peaks(browser) -> list[int]:
    """Forgets the peaks of the browser's processes until now; gives the processes."""
    processes = descendants(browser.pid)
    for process in processes:
        with ended:
            Path(f"/proc/{process}/clear_refs").write_text("5")
    return processes


def peaks(processes: list[int]) -> list[int]:
    """The highest number of megabytes since then, of each process that still runs."""
    found = []
    for process in processes:
        with ended:
            fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
            found.append(int(fields.get("VmHWM", "0 kB").split()[0]) // 1000)
    return found


def descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with ended:
            fields = stat.read_text().rpartition(") ")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [parent]
    for process in found:
        found += children.get(process, [])
    return found
