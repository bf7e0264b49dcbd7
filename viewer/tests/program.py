"""The built program, a vault of its own on a bucket of SeaweedFS, and links that it makes: presigned, or at a public place."""

import json
import os
import re
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config
from photos import CHECKOUT, pictures

PROGRAM = Path(os.environ.get("PHOTOBACKUP_PROGRAM", CHECKOUT / ".build/debug/photobackup"))
SERVERS = Path(os.environ.get("PHOTOBACKUP_SERVERS_DIR", CHECKOUT / ".build/servers"))
PUBLIC_READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"}],
}


@dataclass
class Link:
    address: str
    id: str
    ends: str  # ISO 8601

    @property
    def fragment(self) -> str:
        return self.address.partition("#")[2]


class Bucket:
    """A new bucket of the SeaweedFS that runs, and what somebody can do to it who owns it or breaks into it."""

    def __init__(self):
        settings = dict(line.split("=", 1) for line in (SERVERS / "servers.env").read_text().splitlines())
        self.endpoint, self.region = settings["SEAWEEDFS_ENDPOINT"], settings["SEAWEEDFS_REGION"]
        self.keys = settings["SEAWEEDFS_ACCESS_KEY_ID"], settings["SEAWEEDFS_SECRET_ACCESS_KEY"]
        self.name = f"viewer-{uuid.uuid4().hex[:12]}"
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=self.keys[0],
            aws_secret_access_key=self.keys[1], config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip
        self.client.create_bucket(Bucket=self.name)

    @property
    def own_origin(self) -> str:
        """Its host in virtual-host style, which no other bucket has. Browsers look for every `localhost` at home."""
        return f"http://{self.name}.localhost:{self.endpoint.rsplit(':', 1)[1]}"

    def let_everybody_read(self) -> None:
        policy = json.dumps(PUBLIC_READ).replace("BUCKET", self.name)
        self.client.put_bucket_policy(Bucket=self.name, Policy=policy)

    def let_ask(self, origin: str) -> None:
        """The rule that docs/PROVIDERS.md gives to people, for their own page's origin."""
        text = (CHECKOUT / "docs/PROVIDERS.md").read_text().partition("(CORS)")[2]
        rule = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1].replace("https://photos.example.org", origin)
        self.client.put_bucket_cors(Bucket=self.name, CORSConfiguration=json.loads(rule))

    def packs(self) -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="packs/")
        return {found["Key"] for page in pages for found in page.get("Contents", [])}

    def flip(self, key: str, at: int) -> None:
        data = bytearray(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())
        data[at] ^= 1
        self.client.put_object(Bucket=self.name, Key=key, Body=bytes(data))

    def configuration(self, table: str, prefix: str = "") -> str:
        settings = {
            "endpoint": self.endpoint, "region": self.region, "bucket": self.name, "prefix": prefix,
            "access_key_id": self.keys[0], "secret_access_key": self.keys[1],
        }  # fmt: skip
        return f"{table}\n" + "".join(f'{name} = "{value}"\n' for name, value in settings.items())


@dataclass
class Vault:
    """A vault of the program's on `photos`; links may also be given out from the public bucket `pages`."""

    folder: Path
    photos: Bucket = field(default_factory=Bucket)
    pages: Bucket = field(default_factory=Bucket)

    def __post_init__(self):
        self.pages.let_everybody_read()
        self.photos.let_ask(self.pages.own_origin)
        provider = self.photos.configuration('[[provider]]\nname = "seaweedfs"')
        share = self.pages.configuration("[share]", "shared") + f'url = "{self.pages.own_origin}/shared"\n'
        for name, text in (("presigned", provider), ("published", provider + share)):
            path = self.folder / f"{name}.toml"
            path.touch(mode=0o600)
            path.write_text(text)
        self.run("init", "--kdf-strength", "interactive", PHOTOBACKUP_PASSWORD="a password for the tests")

    def run(self, *arguments: str, kind: str = "presigned", **environment: str) -> dict:
        """Runs the program, which must do all that it was told; gives its summary."""
        command = [PROGRAM, *arguments, "--json", "--config", self.folder / f"{kind}.toml"]
        ran = subprocess.run(
            command, env={"HOME": str(self.folder), **environment}, capture_output=True, text=True, timeout=300
        )
        assert ran.returncode == 0, f"{command}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return json.loads(ran.stdout.splitlines()[-1])

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
