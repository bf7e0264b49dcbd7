"""The program itself: a machine with a vault, and runs of it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from measure import ROOT, Measurement, run
from servers import Server

PROGRAM = ROOT / ".build" / "release" / "photobackup"
PASSWORD = "correct horse 7Q battery staple"


@dataclass(frozen=True)
class DirectoryProvider:
    name: str
    path: Path


class Machine:
    """A home folder with a configuration; a vault is made at its providers, with this machine's key to it."""

    def __init__(self, home: Path, providers: list[Server | DirectoryProvider], prefix: str, source: Path):
        self.home, self.providers, self.prefix, self.source = home, providers, prefix, source
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        self._configure(home / "config.toml", providers)

    def make_vault(self) -> "Machine":
        run(
            [PROGRAM, "init", "--json", "--kdf-strength", "interactive", "--config", self.home / "config.toml"],
            {"HOME": str(self.home), "PHOTOBACKUP_PASSWORD": PASSWORD},
        )
        return self

    def run(self, *arguments, environment: dict[str, str] | None = None) -> Measurement:
        return run(
            [PROGRAM, *arguments, "--json", "--config", self.home / "config.toml"],
            {"HOME": str(self.home), **(environment or {})},
        )

    def backup(self) -> Measurement:
        return self.run("backup")

    def restore(self, destination: Path, provider: Server | None = None, *options: str) -> Measurement:
        """From all providers, or from one alone: a machine's configuration that knows no other."""
        shutil.rmtree(destination, ignore_errors=True)
        file = self.home / "config.toml"
        if provider is not None:
            file = self.home / f"{provider.name}.toml"
            self._configure(file, [provider])
        measured = run(
            [PROGRAM, "restore", "Shoot", "--to", destination, "--json", "--config", file, *options],
            {"HOME": str(self.home)},
        )
        shutil.rmtree(destination)
        return measured

    def forget(self) -> None:
        """Deletes the vault, and all that this machine knows of it."""
        for provider in self.providers:
            if isinstance(provider, DirectoryProvider):
                shutil.rmtree(provider.path, ignore_errors=True)
            else:
                provider.clear(self.prefix + "/")
        shutil.rmtree(self.home)

    def _configure(self, file: Path, providers) -> None:
        tables = "".join(map(self._table, providers))
        file.write_text(
            f'state = "{self.home}/state"\n{tables}'
            f'[[collection]]\nname = "Shoot"\nsources = ["{self.source}"]\n'
        )
        os.chmod(file, 0o600)

    def _table(self, provider: Server | DirectoryProvider) -> str:
        if isinstance(provider, DirectoryProvider):
            provider.path.mkdir(parents=True, exist_ok=True)
            values = {"name": provider.name, "path": str(provider.path)}
        else:
            values = {
                "name": provider.name, "endpoint": provider.endpoint, "region": provider.region,
                "bucket": provider.bucket, "prefix": self.prefix, "access_key_id": provider.access_key_id,
                "secret_access_key": provider.secret_access_key,
            }
            if provider.ca_file:
                values["ca_file"] = provider.ca_file
        return "[[provider]]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items())
