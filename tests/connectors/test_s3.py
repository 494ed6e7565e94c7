"""Files in a bucket: whose it is, what is fetched, claimed and archived there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from pydantic import TypeAdapter, ValidationError

from connectors import extra
from connectors.base import Page
from connectors.file.settings import Each, Limits
from connectors.opening import open_source
from connectors.s3.settings import Settings
from connectors.secret import Secret
from domain.errors import FixAccess, FixFile, ReadFailed, TryLater
from tests.connectors.contract import rows_of
from tests.connectors.s3_double import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, Store, storing


@pytest.fixture
def here(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the keys in it; what else this machine might have of the kind leads nowhere."""
    (inbox / "access").write_text(ACCESS_KEY, encoding="utf-8")
    (inbox / "secret").write_text(SECRET_KEY, encoding="utf-8")
    (inbox.parent / "scratch").mkdir()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    return inbox


def opened(s3: Store, here: Path, path: str = "w.csv", **more: Any) -> Any:
    usual: dict[str, Any] = {
        "bucket": BUCKET,
        "region": REGION,
        "endpoint": s3.endpoint,
        "access_key": Secret(file="access"),
        "secret_key": Secret(file="secret"),
    }
    return open_source("s3", Settings(path=path, **usual | more), (here,))


def read(s3: Store, here: Path, path: str = "w.csv", **more: Any) -> list[Page]:
    return list(opened(s3, here, path, **more).read(None, None, here.parent / "scratch"))


def ids(pages: list[Page]) -> list[str | None]:
    return [row["Id"] for page in pages for row in rows_of(page)]


def test_files_in_a_bucket_are_read_like_files_here(s3, here):
    """Over several pages of the list, whatever their names hold; deeper ones and our own are none of them."""
    for name in ("out/w 1 é+&.csv", "out/w 2.csv", "out/w 3.csv", "out/deeper/w 4.csv", "out/.w 0.csv", "out/x.csv"):
        s3.objects[name] = f"Id\n{name}\n".encode()
    pages = read(s3, here, "out/w*.csv")
    assert [page.name for page in pages] == ["out/w 1 é+&.csv", "out/w 2.csv", "out/w 3.csv"]
    assert ids(pages) == [page.name for page in pages]
    assert ids(read(s3, here, "out/w*.csv", each=Each.NEWEST)) == ["out/w 3.csv"]
    assert ids(read(s3, here, "out/x.csv")) == ["out/x.csv"]


def test_nothing_there_is_told_as_such(s3, here):
    for path in ("w.csv", "w*.csv"):
        with pytest.raises(ReadFailed, match="no file `w"):
            read(s3, here, path)


def test_a_file_over_its_limit_is_refused(s3, here):
    s3.objects["w.csv"] = b"Id\n" + b"1\n" * 1_500_000
    with pytest.raises(ReadFailed, match="larger than its limit of 1000 bytes"):
        read(s3, here, limits=Limits(bytes=1000))


def test_an_object_that_comes_in_part_is_no_object(s3, here):
    s3.objects["w.csv"] = b"Id\n1\n2\n3\n"
    s3.breaks_off = True
    with pytest.raises(TryLater, match=r"does not answer|broke off"):
        read(s3, here)


def write(name: str, text: str) -> Callable[[Path, Store], object]:
    return lambda here, _: (here / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "more", "message"),
    [
        (write("secret", "wrong"), {}, "does not let this key do that with w.csv (403)"),
        (write("access", "wrong"), {}, "does not let this key do that with w.csv (403)"),
        (lambda _, s3: s3.refused.add("HEAD"), {}, "does not let this key do that with w.csv (403)"),
        (
            lambda _, s3: s3.refused.add("GET"),
            {"path": "w*.csv"},
            "does not let this key do that with w*.csv (AccessDenied)",
        ),
        (write("x", ""), {"bucket": "another", "path": "w*.csv"}, "there is no bucket another"),
        (write("x", ""), {"secret_key": Secret(env="NOBODY_SET_THIS")}, "the variable NOBODY_SET_THIS"),
        (write("x", ""), {"endpoint": "https://store.example.com"}, "store.example.com may not be reached"),
    ],
)
def test_who_is_not_let_in_learns_what_to_do(s3, here, spoil, more, message):
    s3.objects["w.csv"] = b"Id\n1\n"
    spoil(here, s3)
    with pytest.raises(FixAccess) as raised:
        read(s3, here, **more)
    assert message in raised.value.message
    assert SECRET_KEY not in raised.value.message


def test_a_store_that_does_not_answer_is_tried_later(here):
    with storing() as gone:
        pass
    with pytest.raises(TryLater, match="does not answer"):
        read(gone, here)


def test_amazons_own_buckets_are_where_amazon_is(s3, here, monkeypatch):
    """Without an endpoint: reached by its name, which the operator need not allow; no other file leads elsewhere."""
    asked: list[str] = []

    def reached(host: str, port: int, declared: tuple[str, ...]) -> str:
        asked.append(f"{host}:{port} {declared[0]}")
        return "52.218.0.1"

    def sent(self: Any, request: Any) -> AWSResponse:
        asked.append(request.url)
        raise ConnectionError

    monkeypatch.setattr("connectors.s3.bucket.address_of", reached)
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", sent)
    with pytest.raises(TryLater):
        read(s3, here, endpoint=None)
    assert asked[0] == "s3.eu-west-1.amazonaws.com:443 *.amazonaws.com"
    assert asked[1] == "https://example-hr.s3.eu-west-1.amazonaws.com/w.csv"


# --- claimed and archived


def test_what_was_read_is_archived_and_not_what_came_meanwhile(s3, here):
    s3.objects |= {"out/w-1.csv": b"Id\n1\n", "out/w-2.csv": b"Id\n2\n"}
    source = opened(s3, here, "out/w-*.csv", archive="done")
    source.claim()
    assert sorted(s3.objects) == ["out/.w-1.csv.claim", "out/.w-2.csv.claim", "out/w-1.csv", "out/w-2.csv"]
    s3.objects["out/w-3.csv"] = b"Id\n3\n"
    assert ids(list(source.read(None, None, here.parent / "scratch"))) == ["1", "2"]
    s3.objects["out/w-2.csv"] = b"Id\n2 and more\n"
    assert source.archive("R7") == ("out/w-2.csv is another file than was read, and stays for the next run",)
    source.release()
    assert sorted(s3.objects) == ["done/w-1.csv", "out/w-2.csv", "out/w-3.csv"]
    assert s3.objects["out/w-2.csv"] == b"Id\n2 and more\n"


def test_an_object_replaced_between_copy_and_deletion_is_not_deleted(s3, here):
    """Only the version that was copied goes."""
    s3.objects["w.csv"] = b"Id\n1\n"
    place = opened(s3, here)._pickup
    version = place.version("w.csv")
    client = place._client
    copy = client.copy_object

    def copied(**named: Any) -> Any:
        found = copy(**named)
        s3.objects["w.csv"] = b"Id\nnew\n"
        return found

    client.copy_object = copied
    assert not place.move("w.csv", "done/w.csv", version)
    assert s3.objects == {"w.csv": b"Id\nnew\n", "done/w.csv": b"Id\n1\n"}


def test_two_readers_never_have_one_file(s3, here):
    s3.objects["w.csv"] = b"Id\n1\n"
    one, other = (opened(s3, here, archive="done") for _ in range(2))
    one.claim()
    with pytest.raises(TryLater, match="is being read by process"):
        other.claim()
    one.release()
    other.claim()
    other.release()
    assert list(s3.objects) == ["w.csv"]


def test_the_claim_of_a_dead_reader_is_taken_over(s3, here):
    s3.objects |= {"w.csv": b"Id\n1\n", ".w.csv.claim": b"not even whole"}
    source = opened(s3, here, archive="done")
    source.claim()
    assert b'"process"' in s3.objects[".w.csv.claim"]
    list(source.read(None, None, here.parent / "scratch"))
    assert source.archive("R1") == ()
    source.release()
    assert list(s3.objects) == ["done/w.csv"]


# --- settings

DOCUMENT = {
    "path": "out/w*.csv",
    "bucket": "example-hr",
    "region": "eu-west-1",
    "access_key": {"env": "A"},
    "secret_key": {"file": "b"},
}


def test_the_yaml_form_becomes_settings():
    found = TypeAdapter(Settings).validate_python(
        DOCUMENT | {"sheet": "People", "endpoint": "https://s.example.com:9000"}
    )
    assert (found.endpoint, found.sheet, found.session_token) == ("https://s.example.com:9000", "People", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "Example_HR"},
        {"region": ""},
        {"access_key": "AKIDEXAMPLE"},
        {"secret_key": None},
        {"endpoint": "http://store.example.com"},
        {"endpoint": "https://user:pass@store.example.com"},
        {"endpoint": "https://store.example.com/path"},
        {"endpoint": "ftp://127.0.0.1"},
        {"endpoint": "https://[::"},
        {"path": "/out/w.csv"},
        {"path": "*/w.csv"},
        {"path": ""},
        {"colour": "red"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python(DOCUMENT | wrong)


def test_without_the_package_it_is_said_what_to_install(s3, here, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="boto3")

    monkeypatch.setattr(extra, "import_module", missing)
    with pytest.raises(FixFile, match=r"needs the package boto3: install syncd\[s3\]"):
        opened(s3, here)
