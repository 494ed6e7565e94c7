"""From the bytes of a `Get_Workers` answer to workers, one after the other: what has been read is let go.

Read with lxml, not through zeep's objects: a tenant sends elements that the WSDL does not name (own fields, new ones),
which zeep refuses or, told not to be strict, silently stops at; and it makes some 200 workers a second.
What an answer must have is checked here: its totals, and that it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from connectors.workday.shape import WD, Element, part, read, text
from domain.errors import ReadFailed

_TOTALS = part({name: text(name) for name in ("Total_Results", "Total_Pages", "Page_Results")})


@dataclass(slots=True)
class Totals:
    """What an answer says of itself, and how many workers it had."""

    results: int = 0
    pages: int = 0
    on_page: int | None = None
    read: int = 0


def workers(answer: Iterable[bytes], totals: Totals) -> Iterator[Element]:
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


def _take_totals(element: Element, totals: Totals) -> None:
    try:
        said = {name: int(float(number)) for name, number in read(_TOTALS, element).items()}
    except ValueError:
        raise ReadFailed("the totals of Workday's answer are no numbers") from None
    totals.results, totals.pages = said.get("Total_Results", 0), said.get("Total_Pages", 0)
    totals.on_page = said.get("Page_Results")


def _refuse_doctype(element: Element) -> None:
    if element.getroottree().docinfo.doctype:
        raise ReadFailed("what Workday sent has a document type, which no answer of its services has")


def _let_go(element: Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]  # type: ignore[union-attr]
