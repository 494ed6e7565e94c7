"""What the YAML of a Workday source may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.secret import Secret

#: What can be asked for of workers beside ids and employment, each behind security domains of its own.
GROUPS = ("personal", "organizations", "management_chain", "additional_jobs", "compensation")
_USUAL = GROUPS[:4]
_NAME = re.compile(r"[A-Za-z0-9_]+")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_VERSION = re.compile(r"v[0-9]{2}\.[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How we log in: as the integration user, or with a refresh token of an API client for integrations.

    auth: {user: ISU_Syncd, password: {env: WORKDAY_PASSWORD}}
    auth: {client_id: ..., client_secret: {env: WORKDAY_SECRET}, refresh_token: {file: secrets/workday}}
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    user: str | None = None
    password: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None

    def __post_init__(self) -> None:
        """Refuse two ways to log in, half of one, or none."""
        by_password = (self.user, self.password)
        by_token = (self.client_id, self.client_secret, self.refresh_token)
        whole = [all(some) for some in (by_password, by_token)]
        begun = [any(some) for some in (by_password, by_token)]
        if whole != begun or sum(whole) != 1:
            raise ValueError(
                "say `user` and `password`, or `client_id`, `client_secret` and `refresh_token`: all of one of them"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A tenant of Workday.

        sources:
          workday:
            kind: workday
            host: wd2-impl-services1.workday.com   # of the tenant's web services
            tenant: acme
            version: v45.2                         # of the Human_Resources service
            auth: {user: ISU_Syncd, password: {env: WORKDAY_PASSWORD}}
            groups: [personal, organizations, management_chain, additional_jobs, compensation]
            timezone: America/New_York             # decides which day today is there
            look_back: 60                          # days for which what was entered is told day by day
            ahead: 90                              # days ahead that are asked for
            count: 500                             # workers a page, up to 999
            prompts: {As_of_Date: '{effective}'}   # of reports: {effective} and {entry} are the moment of the read
            report_format: json                    # or csv

    Hosts other than those of Workday are allowed by the operator in SYNCD_ALLOWED_HOSTS.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    host: str
    tenant: str
    auth: Login
    version: str = "v45.2"
    groups: tuple[str, ...] = _USUAL
    timezone: str = "UTC"
    look_back: int = 60
    ahead: int = 90
    count: int = 500
    prompts: dict[str, str] | None = None
    report_format: str = "json"

    def __post_init__(self) -> None:
        """Refuse what cannot be asked of the service."""
        if not _HOST.fullmatch(self.host):
            raise ValueError("`host` is a name, without https and path: `wd2-impl-services1.workday.com`")
        if not _NAME.fullmatch(self.tenant):
            raise ValueError("`tenant` is the tenant's name: letters, digits, _")
        if not _VERSION.fullmatch(self.version):
            raise ValueError("`version` is that of the service, like `v45.2`")
        if wrong := [name for name in self.groups if name not in GROUPS]:
            raise ValueError(f"`groups` has {wrong[0]!r}; it may have {', '.join(GROUPS)}")
        if not 1 <= self.count <= 999:  # noqa: PLR2004 - the service's own bounds
            raise ValueError("`count` is from 1 to 999")
        if self.look_back < 1 or self.ahead < 0:
            raise ValueError("`look_back` is at least 1 day, `ahead` not negative")
        if self.report_format not in {"json", "csv"}:
            raise ValueError("`report_format` is json or csv")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"`timezone` has {self.timezone!r}, which is no zone") from None
