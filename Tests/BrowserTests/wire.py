"""A proxy between a browser and the world: it writes down all that the browser asks for, and lets only loopback answer."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PIECE = 1 << 18
# Whom the browsers themselves ask, whatever page is open: about settings, accounts, forms, updates.
MAKERS = (".google.com", ".googleapis.com", ".gvt1.com", ".mozilla.com", ".mozilla.net", ".mozilla.org", ".firefox.com")
OF_A_CONNECTION = {"connection", "proxy-connection", "keep-alive", "transfer-encoding"}


class Wire(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.log: list[str] = []  # each request whole: line and headers

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def asked(self) -> list[str]:
        """The addresses of all requests but the browser's own to its maker; of a tunnel, the host and port."""
        addresses = [entry.split(" ")[1] for entry in self.log]
        return [address for address in addresses if not address.removesuffix(":443").endswith(MAKERS)]

    def handle_error(self, request, client_address) -> None:
        """A browser that hangs up in the middle of an answer is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Wire

    def do_GET(self) -> None:
        self.server.log.append(f"{self.requestline}\n{self.headers}")
        address = urlsplit(self.path)
        if not is_loopback(address.hostname):
            return self.refuse()
        upstream = http.client.HTTPConnection("127.0.0.1", address.port or 80)
        try:
            upstream.putrequest(self.command, self.path.split(address.netloc, 1)[1], True, True)
            for name, value in self.headers.items():
                if name.lower() not in OF_A_CONNECTION:
                    upstream.putheader(name, value)
            upstream.endheaders()
            self.pass_on(upstream.getresponse())
        except ConnectionRefusedError:
            self.refuse()
        finally:
            upstream.close()

    do_OPTIONS = do_HEAD = do_POST = do_GET

    def do_CONNECT(self) -> None:
        self.server.log.append(f"{self.requestline}\n{self.headers}")
        self.refuse()

    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_A_CONNECTION:
                self.send_header(name, value)
        if answer.length is None:  # until the connection ends
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        while piece := answer.read(PIECE):
            self.wfile.write(piece)

    def refuse(self) -> None:
        self.send_response_only(502)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")  # what a request carries besides is not read
        self.close_connection = True
        self.end_headers()

    def log_message(self, *_) -> None:
        """The log is kept in memory."""


def is_loopback(host: str | None) -> bool:
    return host == "127.0.0.1" or f".{host}".endswith(".localhost")


@contextmanager
def recording() -> Iterator[Wire]:
    with Wire() as wire:
        thread = threading.Thread(target=wire.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join()
