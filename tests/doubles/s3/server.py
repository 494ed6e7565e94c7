"""The double over https: both ways to name a bucket, signatures, conditions, lists in pages, and faults."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, quote_plus, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.doubles.s3.signing import signature
from tests.doubles.s3.world import REGION, Object, Store
from tests.doubles.tls import Authority, Handler, serving

AMAZON = f"s3.{REGION}.amazonaws.com"
OWN = "minio.example.com"
#: Sent in place of an answer: status, code.
STATUSES = {
    "busy": (503, "SlowDown"),
    "broken": (500, "InternalError"),
    "html": (200, ""),
    "elsewhere": (307, "TemporaryRedirect"),
}
NOT_FOUND, NOT_AS_SAID = (404, "NoSuchKey"), (412, "PreconditionFailed")
SKEW = timedelta(minutes=15)
LONGEST = 1024


class Refused(Exception):
    """What S3 answers in place of what was asked."""

    def __init__(self, status: int, code: str, more: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.more = status, code, more


@contextmanager
def s3(store: Store, authority: Authority) -> Iterator[int]:
    """Serve a store until the end of the block; gives the port."""
    handler = type("Of", (Service,), {"store": store, "lock": threading.Lock()})
    with serving(handler, authority.context(AMAZON, f"*.{AMAZON}", OWN)) as port:
        yield port


class Service(Handler):
    """Answers as S3 does."""

    store: ClassVar[Store]
    lock: ClassVar[threading.Lock]

    def asked(self) -> None:
        body = self.body()
        store, parts = self.store, urlsplit(self.path)
        with self.lock:
            fault = store.every_fault or (store.faults.pop(0) if store.faults else "")
            bucket, key = self._named(parts.path)
            store.asked.append(f"{self.command} {key}" if key else f"{self.command} ?")
            try:
                if fault in STATUSES:
                    raise Refused(*STATUSES[fault])
                self._check(parts.path, parts.query, body)
                if bucket not in store.buckets:
                    raise Refused(404, "NoSuchBucket")
                status, content, headers = self._done(
                    bucket, key, parse_qs(parts.query, keep_blank_values=True), body, fault
                )
            except Refused as refused:
                status, content, headers = self._refusal(refused)
        self._send(status, content, headers, fault)

    do_HEAD = do_GET = do_PUT = do_DELETE = do_POST = asked  # noqa: N815 - the names are the library's

    def _named(self, path: str) -> tuple[str, str]:
        """The bucket and the key: before the host, or in the path."""
        host = str(self.headers["Host"]).partition(":")[0]
        if host.endswith(f".{AMAZON}"):
            return host.removesuffix(f".{AMAZON}"), unquote(path[1:])
        bucket, _, key = path[1:].partition("/")
        return unquote(bucket), unquote(key)

    # --- who asks

    def _check(self, path: str, query: str, body: bytes) -> None:
        store, said = self.store, self.headers.get("Authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            raise Refused(403, "AccessDenied")
        parts = dict(one.strip().split("=", 1) for one in said.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        access, day, region, service, ending = parts["Credential"].split("/")
        if access not in store.secrets:
            raise Refused(403, "InvalidAccessKeyId")
        if (region, service, ending) != (REGION, "s3", "aws4_request"):
            raise Refused(400, "AuthorizationHeaderMalformed", f"<Region>{REGION}</Region>")
        when = str(self.headers["x-amz-date"])
        if day != when[:8] or abs(datetime.strptime(when, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - store.now) > SKEW:
            raise Refused(403, "RequestTimeTooSkewed")
        names = parts["SignedHeaders"].split(";")
        must = {"host", *(name.lower() for name in self.headers if name.lower().startswith("x-amz-"))}
        if not must <= set(names):
            raise Refused(403, "AccessDenied")
        payload = str(self.headers["x-amz-content-sha256"])
        signed = {name: str(self.headers[name]) for name in names}
        if (
            signature(store.secrets[access], self.command, path, query, signed, when, region, payload)
            != parts["Signature"]
        ):
            raise Refused(403, "SignatureDoesNotMatch")
        if payload != hashlib.sha256(body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")
        if self.headers.get("x-amz-security-token") != store.token:
            raise Refused(400, "ExpiredToken" if store.token else "InvalidToken")

    def _right(self, name: str) -> None:
        if name in self.store.denied:
            raise Refused(403, "AccessDenied")

    # --- what is done

    def _done(
        self, bucket: str, key: str, query: dict[str, list[str]], body: bytes, fault: str
    ) -> tuple[int, bytes, dict[str, str]]:
        if len(key.encode()) > LONGEST:
            raise Refused(400, "KeyTooLongError")
        objects = self.store.buckets[bucket]
        if not key and self.command == "GET":
            self._right("s3:ListBucket")
            return 200, self._list(bucket, query), {"Content-Type": "application/xml"}
        if not key:
            raise Refused(405, "MethodNotAllowed")
        if self.command in {"GET", "HEAD"}:
            found = self._found(objects, key)
            return 200, found.content, {"ETag": found.etag, "Content-Type": "binary/octet-stream"}
        if self.command == "PUT":
            return self._put(objects, key, body, fault)
        if self.command == "DELETE":
            self._right("s3:DeleteObject")
            if wanted := self._condition("delete", "If-Match"):
                if key not in objects:
                    raise Refused(*NOT_FOUND)
                if objects[key].etag != wanted:
                    raise Refused(*NOT_AS_SAID)
            objects.pop(key, None)
            return 204, b"", {}
        raise Refused(405, "MethodNotAllowed")

    def _found(self, objects: dict[str, Object], key: str) -> Object:
        """An object that may be read; one that is not there is told to those alone who may list."""
        self._right("s3:GetObject")
        if key not in objects:
            self._right("s3:ListBucket")
            raise Refused(*NOT_FOUND)
        return objects[key]

    def _put(self, objects: dict[str, Object], key: str, body: bytes, fault: str) -> tuple[int, bytes, dict[str, str]]:
        self._right("s3:PutObject")
        source = self.headers.get("x-amz-copy-source")
        only_new = self._condition("copy" if source else "put", "If-None-Match")
        if only_new not in {None, "*"}:
            raise Refused(501, "NotImplemented")
        if source is None:
            if only_new and key in objects:
                raise Refused(*NOT_AS_SAID)
            objects[key] = Object(body)
            return 200, b"", {"ETag": objects[key].etag}
        from_bucket, _, from_key = unquote(source.removeprefix("/")).partition("/")
        found = self._found(self.store.buckets[from_bucket], from_key)
        wanted = self.headers.get("x-amz-copy-source-if-match")
        if (wanted and wanted != found.etag) or (only_new and key in objects):
            raise Refused(*NOT_AS_SAID)
        xml = {"Content-Type": "application/xml"}
        if fault == "late":
            return 200, _error("InternalError"), xml
        objects[key] = Object(found.content)
        return 200, f"<CopyObjectResult><ETag>{escape(objects[key].etag)}</ETag></CopyObjectResult>".encode(), xml

    def _condition(self, act: str, name: str) -> str | None:
        """A condition of a request, as far as this store knows it."""
        said = self.headers.get(name)
        lacks = self.store.lacks.get(act)
        if said and lacks == "refuses":
            raise Refused(501, "NotImplemented")
        return None if lacks == "ignores" else said

    def _list(self, bucket: str, query: dict[str, list[str]]) -> bytes:
        def said(name: str) -> str:
            return query.get(name, [""])[0]

        if said("list-type") != "2" or (said("encoding-type") or "url") != "url":
            raise Refused(400, "InvalidArgument")
        after = said("continuation-token")
        if after and not after.startswith("after:"):
            raise Refused(400, "InvalidArgument")
        prefix, delimiter = said("prefix"), said("delimiter")
        keys = sorted((key for key in self.store.buckets[bucket] if key.startswith(prefix)), key=str.encode)
        keys = [key for key in keys if key.encode() > bytes.fromhex(after.removeprefix("after:"))]
        page = keys[: self.store.page]
        own = [key for key in page if not delimiter or delimiter not in key[len(prefix) :]]
        folders = sorted(
            {prefix + key[len(prefix) :].partition(delimiter)[0] + delimiter for key in page if key not in own}
        )
        more = len(keys) > len(page)
        following = f"<NextContinuationToken>after:{page[-1].encode().hex()}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{quote_plus(key, safe='/')}</Key></Contents>" for key in own)
        prefixes = "".join(f"<CommonPrefixes><Prefix>{quote_plus(one)}</Prefix></CommonPrefixes>" for one in folders)
        return (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{contents}{prefixes}{following}</ListBucketResult>"
        ).encode()

    # --- answering

    def _refusal(self, refused: Refused) -> tuple[int, bytes, dict[str, str]]:
        if refused.status == 200:  # something that stands between and is no store
            return 200, b"<html>welcome</html>", {"Content-Type": "text/html"}
        headers = {"Content-Type": "application/xml", "x-amz-bucket-region": REGION}
        if refused.status == 307:
            headers["Location"] = "https://169.254.169.254/latest"
        return refused.status, _error(refused.code, refused.more), headers

    def _send(self, status: int, content: bytes, headers: dict[str, str], fault: str) -> None:
        if fault == "lost":  # what was asked is done, and nobody is told
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        elif fault == "slow":
            self.wfile.flush()
            self.rfile.read(1)  # until the other side hangs up
            self.close_connection = True
        else:
            self.wfile.write(content)


def _error(code: str, more: str = "") -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>no</Message>{more}</Error>'.encode()
