#!/usr/bin/env python3
"""Reads a photobackup vault without photobackup. It was written from docs/FORMAT.md alone and shares no code with the
program, so that the photos outlive it.

    photobackup_reader.py list WHERE                                     collections and their snapshots
    photobackup_reader.py list COLLECTION [PATH...] WHERE                the files of the newest snapshot
    photobackup_reader.py extract COLLECTION [PATH...] --to DIR WHERE    files, folders and links, as they were

WHERE is `--directory DIR`, or `--bucket NAME [--endpoint URL] [--region R] [--prefix P]` with the credentials in
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN. The 24 words come from
PHOTOBACKUP_RECOVERY_PHRASE, or the password from PHOTOBACKUP_PASSWORD, or either of them from standard input.

It needs Python 3.9 or later on Linux or macOS, and

    pip install pynacl zstandard protobuf grpcio-tools

or Debian's python3-nacl python3-zstandard python3-protobuf protobuf-compiler; the folder `reader` beside it, and
photobackup.proto, which is in Sources/Vault/Schema, or beside it. A photobackup_pb2.py beside it that protoc made of
that is taken instead, and then neither protobuf-compiler nor grpcio-tools is needed.

It puts back contents, names, modification times and permissions; neither owners nor extended attributes. It writes
over nothing, and through no link. The exit code is 0 only if everything that was asked for is there whole; what is
not is named on standard error, one line each. It reads whole packs, each once for the files that lie in it one after
the other, and has four of them in memory, of 20 MiB at most.
"""

import argparse
import os
import sys
import time

try:
    from reader.damage import DAMAGE, Report, naming, shown
    from reader.keyring import ask_secret
    from reader.stores import Bucket, Directory
    from reader.target import DIRECTORY, FILE, SYMBOLIC_LINK, Target, check_entry, is_below
    from reader.vault import Vault
except ImportError as error:
    sys.exit(f"photobackup_reader: error: {error}\nhint: pip install pynacl zstandard protobuf grpcio-tools")


def list_snapshots(vault, report):
    for collection, names in vault.snapshots().items():
        is_first = True
        for name in names:
            try:
                body = vault.snapshot(collection, name)
            except DAMAGE as error:
                report.failed("a snapshot", error)
                continue
            if is_first:
                print(shown(body.collection_name))
            is_first = False
            end = ", a checkpoint" if body.checkpoint else ""
            print(f"  {name}  {body.file_count} files, {body.byte_count} bytes, by {shown(body.host)}{end}")


def list_entry(entry):
    kind = {FILE: "-", DIRECTORY: "d", SYMBOLIC_LINK: "l"}[entry.kind]
    modified = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(entry.modified // 10**9))
    arrow = " -> " + shown(entry.link_target) if entry.kind == SYMBOLIC_LINK else ""
    print(f"{kind} {entry.size:>13} {modified} {shown(entry.path)}{arrow}")


def each_entry(vault, options, report, body, do):
    """Does something with each entry that was asked for."""
    wanted = {os.fsencode(path).rstrip(b"/"): False for path in options.paths}
    for entry in vault.entries(body):
        asked = [path for path in wanted if is_below(entry.path, path)]
        if wanted and not asked:
            continue
        wanted.update(dict.fromkeys(asked, True))
        try:
            check_entry(entry)
            do(entry)
        except DAMAGE as error:
            report.failed(entry.path, error)
    for path, was_found in wanted.items():
        if not was_found:
            report.failed(path, "it is not in the snapshot")
    for lost in body.unreadable:
        report.note(b"not read when the snapshot was made: " + lost.path, lost.reason)


def list_or_extract(vault, options, report):
    name, body = vault.choose_snapshot(options.collection, options.snapshot, options.host)
    report.note("snapshot", name)
    if options.command == "list":
        each_entry(vault, options, report, body, list_entry)
        return
    with naming(options.to):
        target = Target(options.to, report)
    each_entry(vault, options, report, body, lambda entry: target.put(entry, vault.content(entry)))
    target.finish()


def arguments():
    where = argparse.ArgumentParser(add_help=False)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    where.add_argument("--directory", help="the replica is this directory")
    where.add_argument("--bucket", help="the replica is in this bucket; empty if the endpoint's host names it")
    where.add_argument("--endpoint", help="an https address; else that of AWS")
    where.add_argument("--prefix", default="")
    where.add_argument("--region", default=region)
    where.add_argument("--snapshot", default="", help="the newest whose name begins so")
    where.add_argument("--host", default="", help="the newest that this machine has made")
    parser = argparse.ArgumentParser(description="reads a photobackup vault without photobackup")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("list", parents=[where], help="collections and snapshots, or the files of a collection")
    show.add_argument("collection", nargs="?")
    extract = commands.add_parser("extract", parents=[where], help="files, folders and links, as they were")
    extract.add_argument("collection")
    extract.add_argument("--to", required=True, metavar="DIR")
    for command in (show, extract):
        command.add_argument("paths", nargs="*", metavar="PATH")
    options = parser.parse_args()
    if (options.directory is None) == (options.bucket is None):
        parser.error("either --directory or --bucket is needed")
    options.endpoint = options.endpoint or f"https://s3.{options.region}.amazonaws.com"
    return options


def main():
    options, report = arguments(), Report()
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if options.directory is not None:
            store = Directory(options.directory)
        else:
            store = Bucket(options.endpoint, options.bucket, options.prefix, options.region)
        vault = Vault(store, ask_secret(), report)
        if options.collection is None:
            list_snapshots(vault, report)
        else:
            list_or_extract(vault, options, report)
    except DAMAGE as error:
        report.failed("photobackup_reader", error)
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
