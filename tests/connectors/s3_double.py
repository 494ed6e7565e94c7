"""A store that speaks as S3 does, on this machine, and refuses what S3 refuses.

One bucket, in memory. Every request must be signed for its region with the one key it knows; a list comes in pages of
two; conditions (`If-Match`, `If-None-Match`, of a copy's source too) are kept, and what is not S3's is an error.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET, REGION, ACCESS_KEY, SECRET_KEY = "example-hr", "eu-west-1", "AKIDEXAMPLE", "wJalrXUtnFEMI"
PAGE = 2


def etag(content: bytes) -> str:
    """The ETag of some bytes."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@dataclass
class Store:
    """What is in the bucket, and what was asked."""

    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    refused: set[str] = field(default_factory=set)  #: methods that the key may not use
    breaks_off: bool = False  #: half of an object is sent, and no more

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def storing() -> Iterator[Store]:
    """Keep a bucket at a free port of 127.0.0.1 until the block ends."""
    store = Store()

    class Handler(_Handler):
        """The requests of this store."""

        bucket = store

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        store.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, name="s3", kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield store
        finally:
            server.shutdown()
            thread.join()


#: Status, headers, body.
Answer = tuple[int, dict[str, str], bytes]


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class _Handler(BaseHTTPRequestHandler):
    bucket: Store
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(self._list_or_get)

    def do_HEAD(self) -> None:
        self._answer(self._get)

    def do_PUT(self) -> None:
        self._answer(self._copy if "x-amz-copy-source" in self.headers else self._put)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def _key(self) -> str | None:
        bucket, _, key = unquote(urlsplit(self.path).path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            raise Refusal(404, "NoSuchBucket")
        return key or None

    def _answer(self, act: Callable[[bytes], Answer]) -> None:
        store = self.bucket
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        store.asked.append(f"{self.command} {unquote(urlsplit(self.path).path)}")
        try:
            self._check_signature(body)
            if self.command in store.refused:
                raise Refusal(403, "AccessDenied")
            status, headers, content = act(body)
        except Refusal as refusal:
            content = f"<Error><Code>{refusal.code}</Code><Message>no</Message></Error>".encode()
            status, headers = refusal.status, {"Content-Type": "application/xml"}
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            is_cut = store.breaks_off and "ETag" in headers and self.command == "GET"
            self.wfile.write(content[: len(content) // 2] if is_cut else content)
            self.close_connection = self.close_connection or is_cut

    def _list_or_get(self, body: bytes) -> Answer:
        return self._list(body) if self._key is None else self._get(body)

    def _list(self, _: bytes) -> Answer:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if asked.get("list-type") != "2":
            raise Refusal(501, "NotImplemented")
        prefix, start = asked.get("prefix", ""), asked.get("continuation-token", "")
        keys = [key for key in sorted(self.bucket.objects) if key.startswith(prefix) and key > start]
        keys = [key for key in keys if not asked.get("delimiter") or asked["delimiter"] not in key[len(prefix) :]]
        page = keys[:PAGE]
        more = len(keys) > PAGE
        entries = "".join(
            f"<Contents><Key>{escape(quote(key) if asked.get('encoding-type') else key)}</Key></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        encoding = "<EncodingType>url</EncodingType>" if asked.get("encoding-type") else ""
        head = f"<Name>{BUCKET}</Name><IsTruncated>{str(more).lower()}</IsTruncated>{encoding}{token}"
        return (
            200,
            {"Content-Type": "application/xml"},
            f"<ListBucketResult>{head}{entries}</ListBucketResult>".encode(),
        )

    def _get(self, _: bytes) -> Answer:
        content = self._there(str(self._key))
        return 200, {"ETag": etag(content), "Content-Length": str(len(content))}, content

    def _put(self, body: bytes) -> Answer:
        key = str(self._key)
        if self.headers.get("If-None-Match") == "*" and key in self.bucket.objects:
            raise Refusal(412, "PreconditionFailed")
        self.bucket.objects[key] = body
        return 200, {"ETag": etag(body)}, b""

    def _copy(self, _: bytes) -> Answer:
        source = unquote(self.headers["x-amz-copy-source"]).removeprefix("/").removeprefix(f"{BUCKET}/")
        content = self._there(source)
        if self.headers.get("x-amz-copy-source-if-match", etag(content)) != etag(content):
            raise Refusal(412, "PreconditionFailed")
        self.bucket.objects[str(self._key)] = content
        result = f"<CopyObjectResult><ETag>{escape(etag(content))}</ETag></CopyObjectResult>".encode()
        return 200, {"Content-Type": "application/xml"}, result

    def _delete(self, _: bytes) -> Answer:
        key, wanted = str(self._key), self.headers.get("If-Match")
        if wanted is not None and etag(self._there(key)) != wanted:
            raise Refusal(412, "PreconditionFailed")
        self.bucket.objects.pop(key, None)
        return 204, {}, b""

    def _there(self, key: str) -> bytes:
        if key not in self.bucket.objects:
            raise Refusal(404, "NoSuchKey")
        return self.bucket.objects[key]

    def _check_signature(self, body: bytes) -> None:
        """Work out the signature anew, as the documentation of version 4 says."""
        said = self.headers.get("Authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            raise Refusal(403, "AccessDenied")
        parts = dict(part.strip().split("=", 1) for part in said.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        key, day, region, service, end = parts["Credential"].split("/")
        if key != ACCESS_KEY:
            raise Refusal(403, "InvalidAccessKeyId")
        if (region, service, end) != (REGION, "s3", "aws4_request"):
            raise Refusal(400, "AuthorizationHeaderMalformed")
        payload = self.headers["x-amz-content-sha256"]
        if payload not in {hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"}:
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        address = urlsplit(self.path)
        query = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in _pairs(address.query))
        names = parts["SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                self.command,
                address.path,
                "&".join(f"{name}={value}" for name, value in query),
                *(f"{name}:{' '.join(self.headers[name].split())}" for name in names),
                "",
                parts["SignedHeaders"],
                payload,
            ]
        )
        scope = f"{day}/{region}/{service}/{end}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{hashed}"
        secret = f"AWS4{SECRET_KEY}".encode()
        for part in (day, region, service, end):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        if hmac.new(secret, text.encode(), hashlib.sha256).hexdigest() != parts["Signature"]:
            raise Refusal(403, "SignatureDoesNotMatch")


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
