"""The built program, a vault of its own on a bucket, links that it makes (presigned, or at a public place), its dashboard."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bucket import Bucket
from photos import CHECKOUT, pictures

PROGRAM = CHECKOUT / ".build/debug/photobackup"
PASSWORD = "a password for the tests"


@dataclass
class Link:
    address: str
    id: str
    ends: str  # ISO 8601

    @property
    def fragment(self) -> str:
        return self.address.partition("#")[2]


@dataclass
class Vault:
    """A vault of the program's on `photos`; links may also be given out from the public bucket `pages`."""

    folder: Path
    more: str = ""  # of the configuration: further providers
    photos: Bucket = field(default_factory=Bucket)
    pages: Bucket = field(default_factory=Bucket)

    def __post_init__(self):
        self.pages.let_everybody_read()
        self.photos.let_ask(self.pages.own_origin)
        provider = self.photos.configuration('[[provider]]\nname = "seaweedfs"') + self.more
        share = self.pages.configuration("[share]", "shared") + f'url = "{self.pages.own_origin}/shared"\n'
        for name, text in (("presigned", provider), ("published", provider + share)):
            path = self.folder / f"{name}.toml"
            path.touch(mode=0o600)
            path.write_text(text)
        self.run("init", "--kdf-strength", "interactive", PHOTOBACKUP_PASSWORD=PASSWORD)

    def command(self, *arguments: str, kind: str = "presigned") -> list:
        return [PROGRAM, *arguments, "--json", "--config", self.folder / f"{kind}.toml"]

    def run(self, *arguments: str, kind: str = "presigned", **environment: str) -> dict:
        """Runs the program, which must do all that it was told; gives its summary."""
        return self.messages(*arguments, kind=kind, **environment)[-1]

    def messages(self, *arguments: str, kind: str = "presigned", **environment: str) -> list[dict]:
        command = self.command(*arguments, kind=kind)
        ran = subprocess.run(
            command, env={"HOME": str(self.folder), **environment}, capture_output=True, text=True, timeout=300
        )
        assert ran.returncode == 0, f"{command}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def archive(self, collection: str, files: dict[str, bytes]) -> None:
        folder = self.folder / "sources" / collection
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        self.run("archive", str(folder), "--as", collection)

    def link(self, collection: str, *options: str, kind: str = "presigned", **environment: str) -> Link:
        summary = self.run("share", "link", collection, *options, kind=kind, **environment)
        return Link(summary["address"], summary["link_id"], summary["expires"])

    def damaged(self, collection: str, kind: str = "presigned") -> Link:
        """A link to a picture, a byte of which is flipped in the bucket afterwards."""
        picture = next(iter(pictures().values())) + os.urandom(16)  # content that no other pack has
        before = self.photos.packs()
        self.archive(collection, {"damaged.jpg": picture})
        (pack,) = self.photos.packs() - before
        link = self.link(collection, kind=kind)
        self.photos.flip(pack, len(picture) // 2)
        return link

    def revoke(self, link: Link, kind: str) -> None:
        self.run("share", "revoke", link.id, kind=kind)

    @contextmanager
    def dashboard(self) -> Iterator[str]:
        """A dashboard that runs: the address that it prints."""
        running = subprocess.Popen(self.command("dashboard"), env={"HOME": str(self.folder)}, stdout=subprocess.PIPE)
        with running:
            try:
                messages = (json.loads(line) for line in running.stdout)
                yield next(message["address"] for message in messages if message["message_type"] == "dashboard")
            finally:
                running.send_signal(signal.SIGINT)
        assert running.returncode == 0
