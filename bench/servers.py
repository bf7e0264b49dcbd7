"""S3 servers on loopback, run by scripts/servers.sh from a folder of the benchmarks' own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from measure import ROOT


def _processor_of_tree(process: int) -> float:
    try:
        folder = Path(f"/proc/{process}")
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        children = " ".join(file.read_text() for file in folder.glob("task/*/children")).split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor_of_tree(int(child)) for child in children)


@dataclass(frozen=True)
class Server:
    name: str
    endpoint: str
    region: str
    bucket: str
    access_key_id: str
    secret_access_key: str
    ca_file: str | None = None

    def _client(self):
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=self.region, verify=self.ca_file,
            aws_access_key_id=self.access_key_id, aws_secret_access_key=self.secret_access_key,
            config=Config(
                signature_version="s3v4", request_checksum_calculation="when_required", proxies={},
                s3={"addressing_style": "path"},
            ),
        )

    def _objects(self, prefix: str):
        for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from page.get("Contents", [])

    def keys(self, prefix: str) -> list[str]:
        return [object["Key"] for object in self._objects(prefix)]

    def clear(self, prefix: str) -> None:
        client = self._client()
        for key in self.keys(prefix):
            client.delete_object(Bucket=self.bucket, Key=key)

    def presigned(self, verb: str, keys) -> list[str]:
        """Addresses that a client needs no credentials for."""
        client = self._client()
        return [
            client.generate_presigned_url(verb, Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=86400)
            for key in keys
        ]


class ServerFolder:
    """Servers that run from one state folder, until they are stopped."""

    def __init__(self, path: Path):
        self.path = path

    def _script(self, *arguments: str) -> None:
        subprocess.run(
            [ROOT / "scripts" / "servers.sh", *arguments], check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "PHOTOBACKUP_SERVERS_DIR": str(self.path)},
        )

    def start(self, *names: str) -> list[Server]:
        self._script("start", *names)
        variables = dict(
            line.split("=", 1) for line in (self.path / "servers.env").read_text().splitlines()
        )

        def server(name: str) -> Server:
            prefix = name.upper().replace("-", "_") + "_"
            fields = ("ENDPOINT", "REGION", "BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
            return Server(name, *(variables[prefix + field] for field in fields), variables.get(prefix + "CA_FILE"))

        return [server(name) for name in names]

    def processor(self) -> float:
        """The processor time that the servers have taken since they were started, in seconds."""
        first = [int(file.read_text().split()[0]) for file in self.path.glob("*/pid")]
        return sum(map(_processor_of_tree, first))

    def stop(self) -> None:
        self._script("stop")
