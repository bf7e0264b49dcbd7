"""A program with an SQLite catalog, as photographers have several.

catalog.py write DATABASE MODE SEED COMMITTED   writes with pauses until standard input ends; the file COMMITTED says how
                                                many rows are committed
catalog.py make DATABASE STATE                  leaves a database in a state, and says how many rows are committed
catalog.py check DATABASE                       says how many rows there are, if the database is sound
"""

import os
import random
import select
import sqlite3
import sys
import time


def opened(path, mode):
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    database.execute(f"PRAGMA journal_mode = {mode}")
    # Small, so that checkpoints fall into a test's seconds.
    database.execute("PRAGMA wal_autocheckpoint = 30")
    database.execute("CREATE TABLE IF NOT EXISTS picture (id INTEGER PRIMARY KEY, note BLOB)")
    return database


def add(database, count, generator):
    database.execute("BEGIN IMMEDIATE")
    for _ in range(count):
        note = generator.randbytes(generator.randint(100, 6000))
        database.execute("INSERT INTO picture (note) VALUES (?)", (note,))
    # What is there already changes too: in the main file, these are pages in its middle.
    database.execute(
        "UPDATE picture SET note = ? WHERE id % 17 = ?", (generator.randbytes(900), generator.randint(0, 16))
    )
    database.execute("COMMIT")


def tell(path, count):
    with open(path + ".new", "w") as file:
        file.write(str(count))
    os.replace(path + ".new", path)


def write(path, mode, seed, committed):
    generator = random.Random(int(seed))
    database = opened(path, mode)
    count = 0
    tell(committed, 0)
    while not select.select([sys.stdin], [], [], generator.uniform(0.02, 0.4))[0]:
        for _ in range(generator.randint(1, 10)):
            rows = generator.randint(1, 8)
            add(database, rows, generator)
            count += rows
            tell(committed, count)
            time.sleep(generator.uniform(0, 0.015))
        if count > 4000:
            # So that a long run does not become one of large files.
            count = 0
            tell(committed, 0)
            database.execute("DELETE FROM picture")
        choice = generator.randint(0, 9)
        if choice == 0 and mode == "wal":
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif choice == 1:
            database.close()
            database = opened(path, mode)
        elif choice == 2:
            database.execute("VACUUM")


def make(path, state):
    """Leaves the files as a program does that ends without closing them."""
    generator = random.Random(1)
    mode = {"wal": "wal", "emptied-wal": "wal", "hot-journal": "delete"}.get(state, state)
    database = opened(path, mode)
    add(database, 200, generator)
    if state == "emptied-wal":
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if state == "hot-journal":
        database.execute("PRAGMA cache_size = 5")
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE picture SET note = zeroblob(3000)")
    print(200)
    sys.stdout.flush()
    os._exit(0)


def check(path):
    database = sqlite3.connect(path)
    verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        sys.exit(f"{path}: {verdict}")
    if database.execute("SELECT count(*) FROM picture WHERE note = zeroblob(3000)").fetchone()[0]:
        sys.exit(f"{path}: rows that were never committed")
    print(database.execute("SELECT count(*) FROM picture").fetchone()[0])


{"write": write, "make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
