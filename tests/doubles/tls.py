"""A TLS server on loopback under other hosts' names, with a certificate authority of its own."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme


@dataclass(frozen=True, slots=True)
class Running:
    """A server at a port of 127.0.0.1; `authority` is the file to name in SYNCD_CA_FILE."""

    port: int
    authority: Path


class Authority:
    """An authority whose certificate is a file; it certifies any names."""

    def __init__(self, folder: Path) -> None:
        self._own = trustme.CA()
        self.file = folder / "authority.pem"
        self._own.cert_pem.write_to_path(str(self.file))

    def context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._own.issue_cert(*names).configure_cert(context)
        return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Greet in the thread of the request, so that a silent client keeps nobody waiting."""
        request.settimeout(30)
        try:
            with self._context.wrap_socket(request, server_side=True) as tls:
                super().finish_request(tls, client_address)
        except OSError:
            return  # the other side hung up, as tests do

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


class Handler(BaseHTTPRequestHandler):
    """What a double's handler stands on: HTTP/1.1, silent."""

    protocol_version = "HTTP/1.1"

    def asked(self) -> None:
        """Answer a request of any method; `command` is its name."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.asked()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as above

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        return

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext) -> Iterator[int]:
    """Serve until the end of the block; gives the port."""
    server = _Server(handler, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def name_hosts(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let these names, and no others but this machine's own, have the address 127.0.0.1."""
    looked_up = socket.getaddrinfo

    def found(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in hosts:
            return looked_up("127.0.0.1", port, *args, **more)
        if name in {"127.0.0.1", "localhost"}:
            return looked_up(host, port, *args, **more)
        raise socket.gaierror(socket.EAI_NONAME, "no such name in the tests")

    monkeypatch.setattr(socket, "getaddrinfo", found)
