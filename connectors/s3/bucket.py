"""A bucket of S3 as a place where files wait (`connectors.file.pickup.Pickup`).

What is there is told apart by its ETag. Nothing can be locked, or moved as one act: a claim is written on the condition
that nobody has written one, a file is copied and removed on the condition that it is the one that was read. A store
that writes over what it was told to keep is found out at the first claim, and claims nothing.

Sources: the API reference of Amazon S3 (ListObjectsV2, GetObject, PutObject, CopyObject, DeleteObject) and its pages on
conditional requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote_plus

from lxml import etree

from connectors.file.pickup import PATTERN, has_pattern, is_in, is_waiting
from connectors.s3.client import UNQUOTED, Client, Refused, Request
from connectors.s3.failing import document
from connectors.s3.settings import Settings
from domain.errors import FixAccess, ReadFailed

#: A condition that we set does not hold: what is there, or is not, is another than we said.
_NOT_AS_SAID = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})
_ONLY_NEW = {"If-None-Match": "*"}


class Bucket:
    """The files that the `path` of a source means; nothing is sent before something is asked."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Connect to nothing yet; `roots` are where files with secrets may lie."""
        self._settings, self._client = settings, Client(settings, roots)
        self._keeps = False  #: that what is there is not written over, as the first claim has shown

    def names(self) -> list[str]:
        """See `Pickup`."""
        path, archive = self._settings.path, self._settings.archive
        if not has_pattern(path):
            return [key for key in self._keys(path) if key == path]
        start = min(path.index(mark) for mark in PATTERN if mark in path)
        waiting = [key for key in self._keys(path[:start]) if not key.endswith("/") and is_waiting(key, path)]
        return sorted(key for key in waiting if archive is None or not is_in(key, archive))

    def fetch(self, name: str, target: Path, most: int) -> tuple[Path, str] | None:
        """See `Pickup`; one answer is of one content, whatever comes to stand there meanwhile."""
        try:
            return target, self._client.save(_get(name), target, most)
        except Refused as refused:
            _expect_nothing(refused)
            return None

    def version(self, name: str) -> str | None:
        """See `Pickup`: the ETag."""
        right = "s3:GetObject, and s3:ListBucket to be told that nothing is there,"
        try:
            return self._client.ask(Request(method="HEAD", key=name, act=f"see {name}", right=right)).version
        except Refused as refused:
            _expect_nothing(refused)
            return None

    def move(self, name: str, target: str, version: str) -> bool:
        """See `Pickup`: copied, then removed, each on the condition that it is that version."""
        source = f"/{self._settings.bucket}/{quote(name, safe=UNQUOTED)}"
        try:
            self._ask_if(_copy(source, name, target, version), _ONLY_NEW)
        except Refused as refused:
            if refused.code not in _NOT_AS_SAID:
                raise refused.error from None
            if self.version(name) != version:
                return False
            if self.version(target) != version:  # else it is that copy, whose answer was lost
                raise FixAccess(f"{PurePosixPath(target).name} is there already, and is not written over") from None
        if self._remove_only(name, version) or self.version(name) is None:  # gone: somebody else removed it
            return True
        self.remove(target)  # of what is there now it is no copy
        return False

    def create(self, name: str, content: bytes) -> bool:
        """See `Pickup`. `FixAccess` where the store writes over what it was told to keep."""
        if not self._write_new(name, content):
            return self.content(name) == content  # ours, where the answer was lost
        if not self._keeps and self._write_new(name, content):
            self.remove(name)
            raise FixAccess(
                f"{self._settings.endpoint} writes over what is there although it was told not to, so that two readers "
                "could have one file: leave `archive` out"
            )
        self._keeps = True
        return True

    def content(self, name: str) -> bytes | None:
        """See `Pickup`."""
        try:
            return self._client.ask(_get(name)).body
        except Refused as refused:
            _expect_nothing(refused)
            return None

    def remove(self, name: str) -> None:
        """See `Pickup`."""
        try:
            self._client.ask(_delete(name))
        except Refused as refused:
            _expect_nothing(refused)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _write_new(self, name: str, content: bytes) -> bool:
        """Write what must not be there; tell whether."""
        act, right = f"write {name}", "s3:PutObject"
        try:
            self._client.ask(Request(method="PUT", key=name, headers=_ONLY_NEW, content=content, act=act, right=right))
        except Refused as refused:
            if refused.code not in _NOT_AS_SAID:
                raise refused.error from None
            return False
        return True

    def _remove_only(self, name: str, version: str) -> bool:
        """Remove exactly that version; tell whether."""
        if self.version(name) != version:
            return False
        try:
            self._ask_if(_delete(name), {"If-Match": version})
        except Refused as refused:
            if refused.code not in _NOT_AS_SAID:
                raise refused.error from None
            return self.version(name) is None  # removed by ourselves, where the answer was lost
        return True

    def _ask_if(self, request: Request, condition: dict[str, str]) -> None:
        """Ask on a further condition; without it where the store knows none of that kind: it was looked at just now."""
        try:
            self._client.ask(replace(request, headers={**request.headers, **condition}))
        except Refused as refused:
            if refused.code != "NotImplemented":
                raise
            self._client.ask(request)

    def _keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin so and have no further `/`, page by page."""
        act, right = f"list {self._settings.path}", "s3:ListBucket"
        query = {"list-type": "2", "prefix": prefix, "delimiter": "/", "encoding-type": "url"}
        while True:
            try:
                answer = self._client.ask(Request(method="GET", key="", query=query, act=act, right=right))
            except Refused as refused:
                raise refused.error from None
            root = document(answer.body)
            if root is None or etree.QName(root).localname != "ListBucketResult":
                raise ReadFailed(f"{self._settings.endpoint} gives no list of keys: check `host`, `port`, `path_style`")
            yield from (unquote_plus(one.findtext("{*}Key") or "") for one in root.iterfind("{*}Contents"))
            if root.findtext("{*}IsTruncated") != "true":
                return
            following = root.findtext("{*}NextContinuationToken")
            if not following or following == query.get("continuation-token"):
                raise ReadFailed(f"{self._settings.endpoint} says that more keys follow, and not where: run it again")
            query["continuation-token"] = following


def _get(name: str) -> Request:
    return Request(method="GET", key=name, act=f"read {name}", right="s3:GetObject")


def _delete(name: str) -> Request:
    return Request(method="DELETE", key=name, act=f"remove {name}", right="s3:DeleteObject")


def _copy(source: str, name: str, target: str, version: str) -> Request:
    return Request(
        method="PUT",
        key=target,
        headers={"x-amz-copy-source": source, "x-amz-copy-source-if-match": version},
        act=f"copy {name} to {target}",
        right="s3:GetObject, s3:PutObject and s3:DeleteObject",
    )


def _expect_nothing(refused: Refused) -> None:
    """Raise what a person must do, unless the answer was that nothing is there."""
    if refused.code != "NoSuchKey":
        raise refused.error from None
