"""Writes manual pages, one a command, from what the program says of its commands.

    photobackup --experimental-dump-help | manual.py VERSION DATE FOLDER

The plugin of swift-argument-parser that does this builds the whole package in release mode, the targets that only tests use
among it, which are not made for that. Source of the macros: man(7).
"""

import json
import sys
from pathlib import Path

EXIT_CODES = [
    (0, "all done, every replica whole"),
    (1, "failed; short of the quorum too"),
    (3, "done, but some files could not be read, or were left alone by a restore"),
    (4, "done, the quorum held, but a replica is behind or did not answer"),
    (5, "a check found damage"),
    (10, "no vault there"),
    (11, "another run is going on"),
    (12, "wrong password or words"),
    (64, "usage"),
    (78, "configuration"),
    (130, "interrupted"),
]


def text(words: str) -> str:
    """Words as roff takes them: nothing in them is a command."""
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in words.split("\n"))


def shown(things: list) -> list:
    return [thing for thing in things if thing.get("shouldDisplay", True)]


def spelled(argument: dict) -> str:
    """An option with all its names, as in "-q, --quiet", or the place of an argument."""
    value = f"\\fI{text(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    names = sorted(argument["names"], key=lambda name: name["kind"] != "short")
    dashes = {"short": "-", "long": "--", "longWithSingleDash": "-"}
    spelled = ", ".join(f"\\fB{text(dashes[name['kind']] + name['name'])}\\fR" for name in names)
    return f"{spelled} {value}" if argument["kind"] == "option" else spelled


def synopsis(argument: dict) -> str:
    words = f"\\fI{text(argument['valueName'])}\\fR" + ("..." if argument["isRepeating"] else "")
    return f"[{words}]" if argument["isOptional"] else words


def page(command: dict, parents: list[str], version: str, date: str) -> str:
    names = [*parents, command["commandName"]]
    arguments = [argument for argument in shown(command.get("arguments", []))]
    commands = [one for one in shown(command.get("subcommands", [])) if one["commandName"] != "help"]
    places = [argument for argument in arguments if argument["kind"] == "positional"]
    lines = [
        f'.TH "{text("-".join(names)).upper()}" 1 "{date}" "photobackup {version}" "photobackup"',
        ".SH NAME",
        f"{text('-'.join(names))} \\- {text(command.get('abstract', ''))}",
        ".SH SYNOPSIS",
        f"\\fB{text(' '.join(names))}\\fR [\\fIoptions\\fR]"
        + (" \\fIcommand\\fR" if commands else "".join(" " + synopsis(place) for place in places)),
    ]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", text(command["discussion"])]
    for title, chosen in (
        ("ARGUMENTS", places),
        ("OPTIONS", [argument for argument in arguments if argument["kind"] != "positional"]),
    ):
        if chosen:
            lines.append(f".SH {title}")
        for argument in chosen:
            words = [argument.get("abstract", ""), argument.get("discussion", "")]
            if argument.get("defaultValue"):
                words.append(f"Default: {argument['defaultValue']}.")
            lines += [".TP", spelled(argument), text(" ".join(word for word in words if word)) or "\\&"]
    if commands:
        lines.append(".SH COMMANDS")
        for one in commands:
            page_name = "-".join([*names, one["commandName"]])
            lines += [".TP", f"\\fB{text(page_name)}\\fR(1)", text(one.get("abstract", ""))]
    if not parents:
        lines.append(".SH EXIT STATUS")
        for code, meaning in EXIT_CODES:
            lines += [".TP", f"\\fB{code}\\fR", text(meaning)]
        lines += [".SH FILES", ".TP", "\\fI~/.config/photobackup/config.toml\\fR", "The configuration."]
        lines += [".TP", "\\fI~/.local/state/photobackup\\fR", "The catalog and this machine's key; it can all be made again."]
    else:
        lines += [".SH SEE ALSO", f"\\fB{text('-'.join(parents))}\\fR(1)"]
    return "\n".join(lines) + "\n"


def write(command: dict, parents: list[str], version: str, date: str, folder: Path) -> None:
    name = "-".join([*parents, command["commandName"]])
    (folder / f"{name}.1").write_text(page(command, parents, version, date))
    for one in shown(command.get("subcommands", [])):
        if one["commandName"] != "help":
            write(one, [*parents, command["commandName"]], version, date, folder)


version, date, folder = sys.argv[1:]
write(json.load(sys.stdin)["command"], [], version, date, Path(folder))
