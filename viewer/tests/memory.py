"""How much memory a browser's processes take, as the kernel counts it."""

import re
from pathlib import Path


def reset_peaks(browser) -> list[int]:
    """Forgets the peaks of the browser's processes until now; gives the processes."""
    processes = descendants(browser.pid)
    for process in processes:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    return processes


def peaks(processes: list[int]) -> dict[str, int]:
    """The highest number of megabytes since then, of each process that still runs."""
    found = {}
    for process in processes:
        status = Path(f"/proc/{process}/status")
        if status.exists():
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            found[f"{kind(process)} {process}"] = int(fields.get("VmHWM", "0").split()[0]) // 1000
    return found


def kind(process: int) -> str:
    found = re.search(r"--type=([a-z-]+)", Path(f"/proc/{process}/cmdline").read_text())
    return found[1] if found else "browser"


def descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            process, rest = int(stat.parent.name), stat.read_text().rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        children.setdefault(int(rest[1]), []).append(process)
    found = [parent]
    for process in found:
        found += children.get(process, [])
    return found
