"""A bucket of the SeaweedFS that runs."""

import json
import os
import re
import uuid
from pathlib import Path

import boto3
from botocore.config import Config
from photos import CHECKOUT

SERVERS = Path(os.environ.get("PHOTOBACKUP_SERVERS_DIR", CHECKOUT / ".build/servers"))
PUBLIC_READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"}],
}


class Bucket:
    """A new one, and what somebody can do to it who owns it or breaks into it."""

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
