"""Tables of connections that a person agreed to; what is sealed in them is never in a copy, see `open_form`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from store.columns import Instant, always
from store.tables import metadata

connection = Table(
    "connection",
    metadata,
    Column("source", Text, primary_key=True),
    always("sealed", Text),
    always("token", BigInteger),
    Column("renewing_until", Instant),
    always("by", Text),
    always("since", Instant),
    always("renewed_at", Instant),
    info={"copied": False},
)

agreement = Table(
    "agreement",
    metadata,
    Column("state", Text, primary_key=True),
    always("source", Text),
    always("sealed", Text),
    always("by", Text),
    always("until", Instant),
    info={"copied": False},
)
"""Who was sent to agree, by the digest of what comes back with them, and not yet back."""
