"""Counts the requests that go to a server, and the bytes of their bodies, on their way through."""

import socket
import threading
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

from servers import Server


class CountingProxy:
    """Stands before a server and changes nothing: signatures that name its address are passed on as they are."""

    def __init__(self, server: Server):
        address = urlsplit(server.endpoint)
        self._upstream = (address.hostname, address.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.body_bytes = 0
        port = self._listener.getsockname()[1]
        self.server = replace(server, endpoint=f"http://127.0.0.1:{port}")
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        with self._lock:
            self.requests.clear()
            self.body_bytes = 0

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._upstream)
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
            threading.Thread(target=_relay, args=(server, client), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        pending = b""
        try:
            while True:
                while b"\r\n\r\n" not in pending:
                    received = client.recv(1 << 16)
                    if not received:
                        return
                    pending += received
                head, pending = pending.split(b"\r\n\r\n", 1)
                lines = head.split(b"\r\n")
                rest = _content_length(lines[1:])
                with self._lock:
                    self.requests[lines[0].split(b" ", 1)[0].decode()] += 1
                    self.body_bytes += rest
                server.sendall(head + b"\r\n\r\n" + pending[:rest])
                sent = min(rest, len(pending))
                rest, pending = rest - sent, pending[sent:]
                while rest > 0:
                    received = client.recv(min(rest, 1 << 20))
                    if not received:
                        return
                    server.sendall(received)
                    rest -= len(received)
        except OSError:
            pass
        finally:
            _close(client, server)


def _content_length(headers: list[bytes]) -> int:
    for header in headers:
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _relay(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(1 << 20):
            target.sendall(received)
    except OSError:
        pass
    finally:
        _close(source, target)


def _close(*connections: socket.socket) -> None:
    for connection in connections:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()
