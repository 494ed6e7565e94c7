"""What the YAML of a Salesforce source may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from connectors.secret import Secret

#: The hosts that a Salesforce source may reach: an org's own, in production, sandbox and scratch.
HOSTS = ("*.my.salesforce.com", "*.my.salesforce.mil")
_MY_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z]+)?\.my\.salesforce\.(com|mil)(:[0-9]{2,5})?")
_REDIRECT = re.compile(r"(https://[^/?#\s@]+|http://localhost(:[0-9]{2,5})?)(/[^?#\s]*)?")
_VERSION = re.compile(r"([1-9][0-9])\.0")
_ORGANIZATION = re.compile(r"00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_ACTION = re.compile(r"04k[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
#: Earlier versions are no longer supported.
OLDEST = 41


@dataclass(frozen=True, slots=True)
class Jwt:
    """The flow for one org with an administrator: we sign, nothing secret is sent; `user` is the integration user."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    client_id: Secret
    user: str
    key: Secret


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The simplest flow: the app itself says as whom it runs; whoever has the secret is that user."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    client_id: Secret
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class WebServer:
    """The flow in which a person agrees in the browser (`syncd connect NAME`), with PKCE; tokens are kept and renewed.

    `redirect_uri` is where the browser is sent afterwards, as the app has it; nothing need answer there.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    client_id: Secret
    client_secret: Secret
    redirect_uri: str

    def __post_init__(self) -> None:
        """Refuse an address that Salesforce would not send anybody to."""
        if _REDIRECT.fullmatch(self.redirect_uri) is None:
            raise ValueError("`redirect_uri` begins with https://, or with http://localhost, and has no `?` and no `#`")


@dataclass(frozen=True, slots=True)
class Auth:
    """How we log in: `jwt`, `client_credentials` or `web_server`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    jwt: Jwt | None = None
    client_credentials: ClientCredentials | None = None
    web_server: WebServer | None = None

    def __post_init__(self) -> None:
        """Refuse none, or two."""
        if sum(one is not None for one in (self.jwt, self.client_credentials, self.web_server)) != 1:
            raise ValueError("say `jwt`, `client_credentials` or `web_server`: one of them")


@dataclass(frozen=True, slots=True)
class Outbound:
    """Whose outbound messages are taken: the org's id, and the ids of the message definitions that are expected."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    organization: str
    actions: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what is no id of an org or of a definition."""
        if _ORGANIZATION.fullmatch(self.organization) is None:
            raise ValueError("`organization` is the org's id (Setup > Company Information), such as 00D5f000003abcd")
        if not self.actions or any(_ACTION.fullmatch(one) is None for one in self.actions):
            raise ValueError("`actions` lists the ids of outbound messages, as their addresses in Setup end (04k..)")


@dataclass(frozen=True, slots=True)
class Settings:
    """A Salesforce org; each of its objects is a stream (`source: crm`, `stream: Opportunity`).

        sources:
          crm:
            kind: salesforce
            my_domain: acme.my.salesforce.com     # a sandbox: acme--uat.sandbox.my.salesforce.com
            api_version: '67.0'
            auth:
              jwt:
                client_id: {env: CRM_CLIENT_ID}   # the consumer key of the External Client App
                user: syncd@acme.com              # the integration user
                key: {file: secrets/crm.pem}      # the private key whose certificate the app has
              # or: client_credentials: {client_id: {env: ..}, client_secret: {env: ..}}
              # or: web_server: {client_id: {env: ..}, client_secret: {env: ..}, redirect_uri: ADDRESS}
            daily_share: 25                       # percent of the org's requests of a day that we may take
            outbound:                             # if it sends outbound messages: see `syncd outbound`
              organization: 00D5f000003abcd       # the org's id
              actions: [04k5f000000abcd]          # the ids of the message definitions that are expected

    A field of a parent is a column by its path (`Owner.Name`, `Account.Owner.EmployeeNumber`).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    my_domain: str
    auth: Auth
    api_version: str = "67.0"
    daily_share: int = 25
    outbound: Outbound | None = None

    def __post_init__(self) -> None:
        """Refuse a host that is no org's own, a version that is none, and a share that is none."""
        if _MY_DOMAIN.fullmatch(self.my_domain) is None:
            raise ValueError("`my_domain` is the org's own host, such as acme.my.salesforce.com, in small letters")
        version = _VERSION.fullmatch(self.api_version)
        if version is None or int(version[1]) < OLDEST:
            raise ValueError(f"`api_version` is a version of the API from {OLDEST}.0 on, such as '67.0'")
        if not 0 < self.daily_share <= 100:  # noqa: PLR2004 - percent
            raise ValueError("`daily_share` is a percentage from 1 to 100")

    @property
    def is_test(self) -> bool:
        """Tell whether it is a sandbox or scratch org, whose users log in at another place."""
        return ".sandbox." in self.my_domain or ".scratch." in self.my_domain
