"""A bucket as a place where files wait (`connectors.file.pickup.Pickup`).

An object is one version whole, whenever it is fetched; its version is its ETag. Moving is copying that version and
deleting that version. Nothing of this machine is used that was not asked for: no keys of its environment, of its home
folder or of the cloud it runs in, and no endpoint that another file names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError

from connectors.file.copying import CHUNK
from connectors.file.pickup import PATTERN, has_pattern, is_in, is_waiting
from connectors.reaching import address_of
from connectors.s3.settings import Settings
from domain.errors import FixAccess, TryLater

#: Where Amazon's own buckets are.
AMAZON = ("*.amazonaws.com", "*.amazonaws.com.cn")
#: Seconds that the other side may say nothing, and how often it is asked.
PATIENCE, ATTEMPTS = 60, 3
HTTPS = 443

_GONE = frozenset(("404", "NoSuchKey", "NotFound"))
_MOVED = frozenset(("412", "409", "PreconditionFailed", "ConditionalRequestConflict"))
_REFUSED = frozenset(
    ("401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
)


class Bucket:
    """The files that the `path` of a source means."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Ask nobody yet; `roots` are where files with secrets may lie."""
        self._settings, self._roots = settings, roots
        self._client: Any = None  # what boto3 makes has no type of its own

    def names(self) -> list[str]:
        """See `Pickup`."""
        path, archive = self._settings.path, self._settings.archive
        if not has_pattern(path):
            return [path] if self.version(path) is not None else []
        literal = path[: min(path.index(mark) for mark in PATTERN if mark in path)]
        with self._asked(path) as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self._settings.bucket, Prefix=literal, Delimiter="/"
            )
            names = [str(one["Key"]) for page in pages for one in page.get("Contents", ())]
        waiting = [name for name in names if is_waiting(name, path)]
        return sorted(name for name in waiting if archive is None or not is_in(name, archive))

    def fetch(self, name: str, target: Path, most: int) -> tuple[Path, str] | None:
        """See `Pickup`."""
        size = 0
        with self._asked(name) as client, target.open("wb") as output:
            found = self._object(client, name)
            if found is None:
                return None
            while size <= most and (chunk := found["Body"].read(CHUNK)):
                size += output.write(chunk)
            found["Body"].close()
        if size <= most and size != found["ContentLength"]:
            raise TryLater(f"{self._where} broke off while {name} was fetched")
        return target, str(found["ETag"])

    def version(self, name: str) -> str | None:
        """See `Pickup`."""
        with self._asked(name) as client:
            try:
                return str(client.head_object(**self._named(name))["ETag"])
            except ClientError as error:
                if _code(error) in _GONE:
                    return None
                raise

    def move(self, name: str, target: str, version: str) -> bool:
        """See `Pickup`: a copy of that version, then that version is deleted."""
        source = {"Bucket": self._settings.bucket, "Key": name}
        with self._asked(name) as client:
            try:
                client.copy_object(**self._named(target), CopySource=source, CopySourceIfMatch=version)
                client.delete_object(**self._named(name), IfMatch=version)
            except ClientError as error:
                if _code(error) in _MOVED | _GONE:
                    return False
                raise
        return True

    def create(self, name: str, content: bytes) -> bool:
        """See `Pickup`."""
        with self._asked(name) as client:
            try:
                client.put_object(**self._named(name), Body=content, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) in _MOVED:
                    return False
                raise
        return True

    def content(self, name: str) -> bytes | None:
        """See `Pickup`."""
        with self._asked(name) as client:
            found = self._object(client, name)
            return None if found is None else bytes(found["Body"].read(CHUNK))

    def remove(self, name: str) -> None:
        """See `Pickup`."""
        with self._asked(name) as client:
            client.delete_object(**self._named(name))

    def close(self) -> None:
        """Let go of every connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    @property
    def _where(self) -> str:
        return f"the bucket {self._settings.bucket}"

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self._settings.bucket, "Key": str(PurePosixPath(name))}

    def _object(self, client: Any, name: str) -> Any:  # noqa: ANN401 - as boto3 gives it
        try:
            return client.get_object(**self._named(name))
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise

    @contextmanager
    def _asked(self, name: str) -> Iterator[Any]:
        """Give the client; what fails with it becomes what the caller must do about it."""
        try:
            if self._client is None:
                self._client = self._open()
            yield self._client
        except ClientError as error:
            code = _code(error)
            if code in _REFUSED:
                raise FixAccess(f"{self._where} does not let this key do that with {name} ({code})") from None
            if code == "NoSuchBucket":
                raise FixAccess(f"there is no bucket {self._settings.bucket}: correct `bucket` or `region`") from None
            raise TryLater(f"{self._where} could not do that with {name} ({code})") from None
        except (BotoCoreError, ResponseStreamingError, OSError) as error:
            self.close()
            raise TryLater(f"{self._where} does not answer: {type(error).__name__}") from None

    def _open(self) -> Any:  # noqa: ANN401 - as boto3 gives it
        said = self._settings
        secrets = {
            "aws_access_key_id": said.access_key.read(self._roots),
            "aws_secret_access_key": said.secret_key.read(self._roots),
            "aws_session_token": said.session_token.read(self._roots) if said.session_token else None,
        }
        core = botocore.session.Session()
        for name in ("config_file", "credentials_file"):
            core.set_config_variable(name, os.devnull)
        config = Config(
            connect_timeout=PATIENCE,
            read_timeout=PATIENCE,
            retries={"total_max_attempts": ATTEMPTS},
            signature_version="s3v4",
            s3={"addressing_style": "path" if said.endpoint else "auto"},
            ignore_configured_endpoint_urls=True,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        client = boto3.session.Session(botocore_session=core).client(
            "s3", region_name=said.region, endpoint_url=said.endpoint, config=config, **secrets
        )
        reached = urlsplit(client.meta.endpoint_url)
        address_of(str(reached.hostname), reached.port or HTTPS, () if said.endpoint else AMAZON)
        return client


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
