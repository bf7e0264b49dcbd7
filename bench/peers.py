"""The same work done by others: restic, rclone with crypt, and borg, each as its documentation says to use it."""

import os
import shutil
import subprocess
from pathlib import Path

from measure import ROOT, Measurement, run
from servers import Server

RCLONE = ROOT / ".venv" / "bin" / "rclone"
PASSWORD = "correct horse 7Q battery staple"


class Restic:
    """One repository, at a server or in a folder."""

    def __init__(self, home: Path, place: Server | Path, prefix: str = ""):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        self._options: list = []
        self._environment = {
            "HOME": str(home), "RESTIC_CACHE_DIR": str(home / "cache"), "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_REPOSITORY": str(place),
        }
        if isinstance(place, Server):
            self._environment |= {
                "RESTIC_REPOSITORY": f"s3:{place.endpoint}/{place.bucket}/{prefix}",
                "AWS_ACCESS_KEY_ID": place.access_key_id,
                "AWS_SECRET_ACCESS_KEY": place.secret_access_key,
                "AWS_DEFAULT_REGION": place.region,
            }
            if place.ca_file:
                self._options = ["--cacert", place.ca_file]
        else:
            shutil.rmtree(place, ignore_errors=True)
        self._run("init")

    def _run(self, *arguments) -> Measurement:
        return run(["restic", *arguments, "--quiet", *self._options], self._environment)

    def backup(self, source: Path) -> Measurement:
        return self._run("backup", source)

    def restore(self, destination: Path) -> Measurement:
        shutil.rmtree(destination, ignore_errors=True)
        measured = self._run("restore", "latest", "--target", destination)
        shutil.rmtree(destination)
        return measured

    def check_data(self) -> Measurement:
        return self._run("check", "--read-data")

    def snapshots(self) -> Measurement:
        return self._run("snapshots")


class Rclone:
    """A crypt remote on a folder of a server's bucket, or on a folder."""

    def __init__(self, home: Path, place: Server | Path, prefix: str = ""):
        obscured = subprocess.run(
            [RCLONE, "obscure", PASSWORD], capture_output=True, text=True, check=True
        ).stdout.strip()
        remote = str(place)
        self._environment = {"HOME": str(home), "RCLONE_CONFIG": "/dev/null"}
        self._options: list = []
        if isinstance(place, Server):
            remote = f"store:{place.bucket}/{prefix}"
            self._environment |= {
                "RCLONE_CONFIG_STORE_TYPE": "s3", "RCLONE_CONFIG_STORE_PROVIDER": "Other",
                "RCLONE_CONFIG_STORE_ENDPOINT": place.endpoint, "RCLONE_CONFIG_STORE_REGION": place.region,
                "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": place.access_key_id,
                "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": place.secret_access_key,
            }
            if place.ca_file:
                self._options = ["--ca-cert", place.ca_file]
        self._environment |= {
            "RCLONE_CONFIG_SEALED_TYPE": "crypt", "RCLONE_CONFIG_SEALED_REMOTE": remote,
            "RCLONE_CONFIG_SEALED_PASSWORD": obscured,
        }

    def _run(self, *arguments) -> Measurement:
        return run([RCLONE, *arguments, "--quiet", *self._options], self._environment)

    def copy(self, source: Path) -> Measurement:
        return self._run("copy", source, "sealed:")

    def restore(self, destination: Path) -> Measurement:
        shutil.rmtree(destination, ignore_errors=True)
        measured = self._run("copy", "sealed:", destination)
        shutil.rmtree(destination)
        return measured


class Borg:
    """One repository in a folder: it knows no S3."""

    def __init__(self, home: Path, place: Path):
        for folder in (home, place):
            shutil.rmtree(folder, ignore_errors=True)
        home.mkdir(parents=True)
        self._environment = {
            "HOME": str(home), "BORG_BASE_DIR": str(home), "BORG_REPO": str(place), "BORG_PASSPHRASE": PASSWORD,
        }
        self._count = 0
        run(["borg", "init", "--encryption", "repokey-blake2"], self._environment)

    def backup(self, source: Path) -> Measurement:
        self._count += 1
        return run(["borg", "create", f"::{self._count}", source], self._environment)


def version(program) -> Measurement:
    option = "--version" if "borg" in str(program) else "version"
    return run([program, option], {"HOME": os.devnull, "RCLONE_CONFIG": "/dev/null"})


def find(source: Path) -> Measurement:
    """A walk with a stat each."""
    return run(["find", source, "-printf", "%s %T@\\n"], {})
