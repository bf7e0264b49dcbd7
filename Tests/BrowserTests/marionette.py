"""Drives Firefox by Marionette, the protocol that it speaks itself: Debian has no geckodriver.

A message is its length in decimal, a colon, and JSON: [0, number, command, parameters] to Firefox, and
[1, number, error, result] back. The commands are those of WebDriver.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class MarionetteError(Exception):
    pass


class Marionette:
    def __init__(self, program: str, preferences: dict, arguments: tuple[str, ...] = ()):
        self.profile = Path(tempfile.mkdtemp(prefix="viewer-firefox-"))
        preferences = preferences | {"marionette.port": 0}
        (self.profile / "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
        )
        self.process = subprocess.Popen(
            [program, "--headless", "--marionette", "--no-remote", "--profile", str(self.profile), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.socket = self._connect(self._port())
            self.stream = self.socket.makefile("rb")
            self._receive()  # its greeting
            self.number = 0
            self("WebDriver:NewSession", pageLoadStrategy="normal")
            self("WebDriver:SetTimeouts", script=60_000, pageLoad=60_000)
        except BaseException:
            self.close()
            raise

    def _port(self) -> int:
        """Firefox picks a free port and writes it down in its profile."""
        written = self.profile / "MarionetteActivePort"
        deadline = time.monotonic() + 150
        while not written.exists() or not written.read_text().strip():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise MarionetteError("firefox did not start")
            time.sleep(0.05)
        return int(written.read_text())

    def _connect(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 30
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=120)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __call__(self, command: str, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._receive()
        if error:
            raise MarionetteError(f"{command}: {error['error']}: {error['message']}")
        assert number == self.number
        return result

    def _receive(self):
        length = b""
        while (byte := self.stream.read(1)) != b":":
            if not byte:
                raise MarionetteError("firefox has gone")
            length += byte
        return json.loads(self.stream.read(int(length)))

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
