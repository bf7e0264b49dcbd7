"""Loopback servers that stand for a provider: files of a folder, ranges, CORS, faults on demand, and a log."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

EXPIRED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"""


class Server(ThreadingHTTPServer):
    """Serves `folder`. `fault` is None, "expired" (403), "gone" (404) or "no ranges" (200 and everything)."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.fault: str | None = None
        self.log: list[str] = []  # each request whole: line and headers

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """A browser that hangs up in the middle of an answer is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_OPTIONS(self) -> None:
        self.note()
        self.send_response(204)
        self.send_header("Access-Control-Allow-Headers", "range")
        self.send_header("Access-Control-Allow-Methods", "GET")
        self.answer(b"")

    def do_GET(self) -> None:
        self.note()
        path = self.server.folder / self.path.split("?")[0].strip("/")
        is_pack = "?" in self.path
        if is_pack and self.server.fault == "expired":
            self.send_response(403)
            self.answer(EXPIRED)
        elif not path.is_file() or (is_pack and self.server.fault == "gone"):
            self.send_response(404)
            self.answer(b"")
        else:
            self.send_file(path)

    def send_file(self, path: Path) -> None:
        size = path.stat().st_size
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not wanted or self.server.fault == "no ranges":
            self.send_response(200)
            kinds = {".html": "text/html; charset=utf-8", ".js": "text/javascript"}
            self.send_header("Content-Type", kinds.get(path.suffix, "application/octet-stream"))
            self.answer(path.read_bytes())
        elif int(wanted[1]) >= size:
            self.send_response(416)
            self.answer(b"")
        else:
            start, end = int(wanted[1]), min(int(wanted[2]), size - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
            with path.open("rb") as file:
                file.seek(start)
                self.answer(file.read(end - start + 1))

    def answer(self, body: bytes) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self) -> None:
        self.server.log.append(f"{self.requestline}\n{self.headers}")

    def log_message(self, *_) -> None:
        """The log is kept in memory."""


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
