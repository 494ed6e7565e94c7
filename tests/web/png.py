"""A smaller PNG of a screenshot: few colours, each named once."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_BEGIN = b"\x89PNG\r\n\x1a\n"
#: How many bits of red, green and blue tell two colours apart: letters' edges have a thousand shades.
_BITS = 0xF0
_BYTES = 3


def smaller(png: bytes) -> bytes:
    """Give the same picture with at most 256 colours: of those that look alike, the one that is there most often."""
    parts = dict(_parts(png))
    wide, high, depth, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, kind) == (8, 2), "a browser writes red, green and blue, a byte each"
    rows = list(_rows(zlib.decompress(parts[b"IDAT"]), wide * _BYTES, high))
    seen = Counter(pixel for row in rows for pixel in zip(row[::3], row[1::3], row[2::3], strict=True))
    stands: dict[tuple[int, ...], int] = {}
    palette: list[tuple[int, ...]] = []
    for pixel, _ in seen.most_common():
        alike = tuple(one & _BITS for one in pixel)
        if alike not in stands and len(palette) < 256:
            stands[alike] = len(palette)
            palette.append(pixel)
    known = {}
    for pixel in seen:
        alike = tuple(one & _BITS for one in pixel)
        known[pixel] = stands[alike] if alike in stands else _nearest(pixel, palette)
    body = b"".join(
        b"\0" + bytes(known[pixel] for pixel in zip(row[::3], row[1::3], row[2::3], strict=True)) for row in rows
    )
    head = struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)
    named = bytes(one for pixel in palette for one in pixel)
    written = ((b"IHDR", head), (b"PLTE", named), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b""))
    return _BEGIN + b"".join(_part(name, content) for name, content in written)


def _nearest(pixel: tuple[int, ...], palette: list[tuple[int, ...]]) -> int:
    """The number of the colour that is least apart from another."""
    apart = [sum(abs(one - other) for one, other in zip(pixel, colour, strict=True)) for colour in palette]
    return apart.index(min(apart))


def _parts(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Its parts by name; those of the same name are one."""
    found: dict[bytes, bytes] = {}
    at = len(_BEGIN)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        found[name] = found.get(name, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    yield from found.items()


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _rows(raw: bytes, width: int, high: int) -> Iterator[bytes]:
    """The rows of a picture, in which each byte is written as what it differs from its neighbours by."""
    above = bytearray(width)
    for number in range(high):
        start = number * (width + 1)
        row = bytearray(raw[start + 1 : start + 1 + width])
        how = raw[start]
        for at in range(width) if how else ():
            left = row[at - _BYTES] if at >= _BYTES else 0
            corner = above[at - _BYTES] if at >= _BYTES else 0
            row[at] = (row[at] + _expected(how, left, above[at], corner)) & 0xFF
        yield bytes(row)
        above = row


def _expected(how: int, left: int, above: int, corner: int) -> int:
    """What a byte is expected to be by one of the four ways of a PNG."""
    if how == 4:
        slope = left + above - corner
        return min((left, above, corner), key=lambda one: abs(slope - one))
    return {1: left, 2: above, 3: (left + above) >> 1}[how]
