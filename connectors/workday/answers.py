"""From the bytes of a `Get_Workers` answer to workers, one after the other: what has been read is let go.

Read by path with lxml, not through zeep's objects: a tenant sends elements that the WSDL does not name (own fields, new
ones), which zeep refuses or, told not to be strict, silently stops at; and it makes some 200 workers a second.
What an answer must have is checked here: its totals, and that it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from lxml import etree

from domain.errors import ReadFailed

WD = "{urn:com.workday/bsvc}"
Worker = etree._Element  # noqa: SLF001 - lxml has no other name for it


@dataclass(slots=True)
class Totals:
    """What an answer says of itself, and how many workers it had."""

    results: int = 0
    pages: int = 0
    on_page: int | None = None
    read: int = 0


def workers(answer: Iterable[bytes], totals: Totals) -> Iterator[Worker]:
    """Yield each worker of an answer; it is emptied when the next one is asked for. Fills `totals`.

    Errors: `ReadFailed` where it is no such answer, is cut off, or does not have what it says.
    """
    wanted = tuple(WD + name for name in ("Worker", "Response_Results", "Get_Workers_Response"))
    parser = etree.XMLPullParser(
        ("end",), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    seen_response = False
    try:
        for chunk in answer:
            parser.feed(chunk)
            for _, element in parser.read_events():
                if element.tag == wanted[0]:
                    totals.read += 1
                    yield element
                    _let_go(element)
                    continue
                _refuse_doctype(element)
                seen_response = seen_response or element.tag == wanted[2]
                if element.tag == wanted[1]:
                    _take_totals(element, totals)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise ReadFailed(
            f"the answer of Workday is not whole, or is no XML (line {error.lineno}); run it again"
        ) from None
    if not seen_response:
        raise ReadFailed(
            "what Workday sent is no answer to Get_Workers: look whether `host` is that of its web services"
        )
    if totals.on_page is None:
        raise ReadFailed("the answer of Workday states no totals: nothing shows that it is whole")
    if totals.on_page != totals.read:
        raise ReadFailed(f"Workday says that a page has {totals.on_page} workers and sent {totals.read}; run it again")


_TYPE = f"{WD}type"
_NOTHING = etree.Element("nothing")


@cache
def _path(names: str) -> str:
    return "/".join(WD + name for name in names.split("/"))


def text_of(element: Worker, path: str) -> str | None:
    """Give the text at a path of plain names, None where there is none or nothing in it."""
    found = element.find(_path(path))
    return (found.text or "").strip() or None if found is not None else None


def all_of(element: Worker, path: str) -> list[Worker]:
    """Give the elements at a path of plain names."""
    return element.findall(_path(path))


def id_of(reference: Worker | None, *types: str) -> str | None:
    """Give the first of these ids that a reference has."""
    if reference is None:
        return None
    ids = {one.get(_TYPE): (one.text or "").strip() for one in reference}
    return next((ids[one] for one in types if ids.get(one)), None)


def reference(element: Worker, path: str) -> Worker | None:
    """Give the reference at a path of plain names."""
    return element.find(_path(path))


def part(element: Worker, path: str) -> Worker:
    """Give the element at a path of plain names; an empty one where there is none."""
    found = element.find(_path(path))
    return _NOTHING if found is None else found


def called(found: Worker | None) -> str | None:
    """Give what people call what a reference means; where that is not sent, the first id that is not Workday's own."""
    if found is None:
        return None
    ids: Callable[[], Iterator[str]] = lambda: (  # noqa: E731 - looked at where no name is sent
        (one.text or "").strip() for one in found.findall(f"{WD}ID") if one.get(f"{WD}type") != "WID"
    )
    return found.get(f"{WD}Descriptor") or next(ids(), None)


def day_of(text: str | None) -> str | None:
    """Give the day of a date or moment as it is written: an offset moves no date."""
    return text[:10] if text else None


def is_true(text: str | None) -> bool:
    """Tell whether a truth value says so."""
    return text in {"1", "true"}


def _take_totals(element: Worker, totals: Totals) -> None:
    said = {name: text_of(element, name) for name in ("Total_Results", "Total_Pages", "Page_Results")}
    try:
        results, pages, on_page = (int(float(said[name] or "0")) for name in said)
    except ValueError:
        raise ReadFailed("the totals of Workday's answer are no numbers") from None
    totals.results, totals.pages = results, pages
    totals.on_page = on_page if said["Page_Results"] is not None else None


def _refuse_doctype(element: Worker) -> None:
    if element.getroottree().docinfo.doctype:
        raise ReadFailed("what Workday sent has a document type, which no answer of its services has")


def _let_go(element: Worker) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]  # type: ignore[union-attr]
