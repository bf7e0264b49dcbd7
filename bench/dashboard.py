#!/usr/bin/env python3
"""How long the dashboard's views take for a vault of many files: medians over 20 requests each; and looking into it once.

usage: dashboard.py PROGRAM [FILES [PACKS]]

Backs up FILES empty files (1,000,000), 1,000 in a folder, into two directories; then lets the catalog know of PACKS
packs (300,000) that both have and that were read, as a vault of some 5 TB has, and of every second file when it was
taken. Nothing is left behind.
"""

import http.client
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROUNDS = 20


def make_files(folder: Path, count: int) -> None:
    """Of 3,000 days, one after the other."""
    start = time.time() - 3000 * 86400
    for number in range(count):
        if number % 1000 == 0:
            below = folder / f"{number // 1000 % 20:02}" / f"{number // 1000:04}"
            below.mkdir(parents=True)
        path = below / f"IMG_{number:07}.nef"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        at = start + number * 3000 * 86400 / count
        os.utime(path, (at, at))


def add_packs(catalog: Path, count: int) -> None:
    database = sqlite3.connect(catalog)
    inventory = database.execute("SELECT min(id) FROM inventory").fetchone()[0]
    pages = [row[0] for row in database.execute("SELECT id FROM page")]
    first = database.execute("SELECT max(id) + 1 FROM pack").fetchone()[0]
    rows = range(first, first + count)
    database.executemany(
        "INSERT INTO pack (id, digest, byte_count, is_meta, confirmed, seen, inventory, created)"
        " VALUES (?, ?, 16777216, 0, 3, 0, ?, 0)",
        ((row, os.urandom(32), inventory) for row in rows),
    )
    database.executemany(
        "INSERT OR IGNORE INTO page_pack VALUES (?, ?)", ((pages[row % len(pages)], row) for row in rows)
    )
    run = database.execute("INSERT INTO verification (level, started) VALUES (2, ?)", (int(time.time()),)).lastrowid
    database.executemany(
        "INSERT INTO checked VALUES (?, ?, 2, ?)", ((row % 2, row, run) for row in rows)
    )
    database.commit()
    database.close()


def date_files(catalog: Path) -> None:
    """A month before their last change."""
    database = sqlite3.connect(catalog)
    database.execute(
        "UPDATE entry SET taken = modified / 1000000000 - 30 * 86400 WHERE kind = 1 AND changed % 2 = 0"
    )
    database.commit()
    database.close()


class Dashboard:
    def __init__(self, run):
        self.process = run("dashboard", wait=False)
        address = urlsplit(self.process.stdout.readline().strip())
        self.connection = http.client.HTTPConnection("127.0.0.1", address.port)
        self.headers = {}
        cookie = self.ask("GET", f"/?{address.query}")[0].getheader("Set-Cookie")
        self.headers = {"Cookie": cookie.split(";")[0]}

    def ask(self, method: str, target: str, body: str | None = None):
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, target, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer, answer.read().decode()

    def measure(self, name: str, target: str) -> str:
        times = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            answer, page = self.ask("GET", target)
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status == 200, (target, answer.status)
        print(f"{name:24} median {statistics.median(times):7.1f} ms  longest {max(times):7.1f} ms  {len(page):,} bytes")
        return page

    def measure_sheets(self, name: str, target: str) -> None:
        """From the top of a snapshot down."""
        for depth in ("top", "source", "folder of folders", "folder of files"):
            page = self.measure(f"{name}, {depth}", target)
            more = re.search(r'rel="next" href="([^"]+)"', page)
            if more:
                self.measure("  its second part", more[1].replace("&amp;", "&"))
            below = re.search(r'class="picture" href="([^"]+)"', page)
            if below:
                target = below[1].replace("&amp;", "&")


def main() -> None:
    program = os.path.abspath(sys.argv[1])
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    packs = int(sys.argv[3]) if len(sys.argv) > 3 else 300_000
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as name:
        home = Path(name)
        configuration = home / ".config/photobackup/config.toml"
        configuration.parent.mkdir(parents=True)
        providers = "".join(f'[[provider]]\nname = "{part}"\npath = "{home}/{part}"\n' for part in ("one", "two"))
        configuration.write_text(f'{providers}[[collection]]\nname = "All"\nsources = ["{home}/photos"]\n')
        configuration.chmod(0o600)
        for part in ("one", "two"):
            (home / part).mkdir()
        environment = {"HOME": name, "PATH": "/usr/bin:/bin", "PHOTOBACKUP_PASSWORD": "a password for a bench"}

        def run(*arguments: str, wait: bool = True):
            process = subprocess.Popen([program, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
            if wait:
                assert process.wait() == 0, arguments
            return process

        make_files(home / "photos", files)
        run("init", "--kdf-strength", "interactive", "--quiet")
        begun = time.perf_counter()
        run("backup", "--quiet")
        print(f"backed up {files:,} files in {time.perf_counter() - begun:.0f} s")
        for command in (["status", "--sources"], ["find", "All", "--name", "IMG_0999999*"], ["diff", "All"]):
            begun = time.perf_counter()
            run(*command, "--quiet")
            print(f"{' '.join(command)}: {time.perf_counter() - begun:.1f} s")
        # The catalog has the rows of the newest snapshot alone.
        (home / "photos/00/0000/new.nef").touch()
        run("backup", "--quiet")
        catalog = next(home.glob(".local/state/photobackup/*/catalog.sqlite"))
        add_packs(catalog, packs)
        date_files(catalog)
        begun = time.perf_counter()
        dashboard = Dashboard(run)
        print(f"from its start to its first answer: {time.perf_counter() - begun:.1f} s")
        page = dashboard.measure("overview", "/")
        token = re.search(r'name="form" value="([^"]+)"', page)[1]
        begun = time.perf_counter()
        dashboard.ask("POST", "/look", f"form={token}")
        print(f"look again: {time.perf_counter() - begun:.1f} s")
        snapshots = re.findall(r'href="(/snapshot/[^"]+)"', dashboard.measure("snapshots", "/snapshots"))
        for name, target in (("newest", snapshots[0]), ("older", snapshots[-1])):
            dashboard.measure_sheets(name, target)
        dashboard.process.terminate()
        dashboard.process.wait()


main()
