"""What the YAML of an S3 source may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from connectors.file.pickup import has_pattern
from connectors.file.settings import Settings as FileSettings
from connectors.secret import Secret

#: Hosts of Amazon's own S3, which nobody has to allow.
HOSTS = ("s3.*.amazonaws.com", "*.s3.*.amazonaws.com", "s3.*.amazonaws.com.cn", "*.s3.*.amazonaws.com.cn")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FileSettings):
    """Files in a bucket; the other keys are those of a file source.

        sources:
          hr:
            kind: s3
            bucket: acme-hr
            region: eu-central-1
            access_key_id: {env: HR_S3_KEY_ID}
            secret_access_key: {env: HR_S3_SECRET}
            session_token: {env: HR_S3_TOKEN}   # of keys that hold for a while
            host: minio.example.com     # a store of one's own, which the operator allows in SYNCD_ALLOWED_HOSTS
            port: 443                   # https, always
            path_style: true            # the bucket stands in the path; false: before the host
            path: out/workers*.csv      # a key of the bucket; a pattern in its last part alone
            archive: out/done

    Without `host` it is Amazon's own, `s3.REGION.amazonaws.com`. Without `path_style` the bucket stands before Amazon's
    host, but for one with a dot in its name, whose certificate would not fit, and in the path of a host that is named.
    """

    bucket: str
    region: str
    access_key_id: Secret
    secret_access_key: Secret
    session_token: Secret | None = None
    host: str | None = None
    port: int = 443
    path_style: bool | None = None

    def __post_init__(self) -> None:
        """Refuse names that no bucket, region or host has, and a path that no key can have."""
        FileSettings.__post_init__(self)
        if not _BUCKET.fullmatch(self.bucket) or ".." in self.bucket:
            raise ValueError("`bucket` is its name alone: 3 to 63 small letters, digits, dots and hyphens")
        if not _REGION.fullmatch(self.region):
            raise ValueError("`region` is one as eu-central-1; of a store without any us-east-1")
        if self.host is not None and not _HOST.fullmatch(self.host):
            raise ValueError("`host` is a name such as minio.example.com, without https:// and without the bucket")
        if not 0 < self.port < 1 << 16:
            raise ValueError("`port` is a number from 1 to 65535")
        for key, text in (("path", self.path), ("archive", self.archive)):
            if text is not None and not _is_key(text):
                raise ValueError(f"`{key}` is a key of the bucket, such as out/workers.csv: no / at its ends, no ..")
        if has_pattern(str(PurePosixPath(self.path).parent)):
            raise ValueError("`path` is a file, or a pattern in its last part alone")

    @property
    def endpoint(self) -> str:
        """The host of the service, without the bucket."""
        china = ".cn" if self.region.startswith("cn-") else ""
        return self.host or f"s3.{self.region}.amazonaws.com{china}"

    @property
    def root(self) -> str:
        """The address of the bucket, which ends with `/`."""
        in_path = self.path_style if self.path_style is not None else self.host is not None or "." in self.bucket
        port = "" if self.port == 443 else f":{self.port}"  # noqa: PLR2004 - https
        if in_path:
            return f"https://{self.endpoint}{port}/{self.bucket}/"
        return f"https://{self.bucket}.{self.endpoint}{port}/"


def _is_key(text: str) -> bool:
    """Tell whether a text can be a key: parts with something in them, none of which means another."""
    return bool(text.strip()) and not {"", ".", ".."} & set(text.split("/"))
