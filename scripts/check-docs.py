#!/usr/bin/env python3
"""Checks what the documents say of the tree: each relative link leads to a file and a heading of it, and each test that
docs/FIELD.md, docs/ATTACKS.md and docs/THREAT-MODEL.md name exists. Ends with 1 and one line for each mistake.

    scripts/check-docs.py
"""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked(*patterns: str) -> list[pathlib.Path]:
    """The files of the tree, those included that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def anchors(document: pathlib.Path) -> set[str]:
    """The fragments that lead into a document, as GitHub makes them of its headings."""
    headings = re.findall(r"^#+ +(.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(document: pathlib.Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    dead = []
    for target in re.findall(r"\]\(([^()\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (fragment and fragment not in anchors(file)):
            dead.append(f"{document.relative_to(ROOT)}: {target} leads nowhere")
    return dead


@functools.cache
def defined() -> set[str]:
    """The names of functions and types of the tests."""
    swift = "\n".join(file.read_text() for file in tracked("Tests/*.swift"))
    return set(re.findall(r"\b(?:func|struct|class|enum|extension) +`?(\w+)", swift))


def is_test(name: str) -> bool:
    if "/" in name:
        return name.startswith(("Tests/", "scripts/")) and (ROOT / name.split()[0]).exists()
    return all(part in defined() for part in name.split("."))


def missing_tests(table: str) -> list[str]:
    """What the last column of a document's tables names and no test defines."""
    missing = []
    for row in (ROOT / table).read_text().splitlines():
        if not row.startswith("| ") or row.startswith(("| what happened", "| attack")):
            continue
        named = re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition(" | ")[2])
        if not named:
            missing.append(f"{table}: no test is named: {row[:60]}…")
        missing += [f"{table}: there is no test {name}" for name in named if not is_test(name)]
    return missing


def missing_in_brackets(document: str) -> list[str]:
    """What a document names in brackets, as `this` or `that.thing`, and no test defines."""
    text = (ROOT / document).read_text()
    groups = re.findall(r"\[(`(?:\[[^\]]*\]\([^)]*\)|[^\[\]])*)\](?!\()", text)
    named = [name for group in groups for name in re.findall(r"`([^`]+)`", group)]
    return [f"{document}: there is no test {name}" for name in named if not is_test(name)]


def main() -> int:
    mistakes = [line for document in tracked("*.md") for line in dead_links(document)]
    mistakes += [line for table in ("docs/FIELD.md", "docs/ATTACKS.md") for line in missing_tests(table)]
    mistakes += missing_in_brackets("docs/THREAT-MODEL.md")
    for line in mistakes:
        print(f"check-docs: {line}", file=sys.stderr)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
