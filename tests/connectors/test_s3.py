"""Files in a bucket of S3: listed, fetched, claimed, archived; and what is told where that cannot be."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import requests
from pydantic import TypeAdapter, ValidationError

from connectors import extra
from connectors.base import Archives, Page
from connectors.file.claims import claim_of
from connectors.file.settings import Each, Limits
from connectors.file.source import Files
from connectors.opening import open_source
from connectors.s3 import client
from connectors.s3.bucket import Bucket
from connectors.s3.settings import Settings
from connectors.secret import Secret
from domain.errors import FixAccess, FixFile, ReadFailed, SyncError, TryLater
from tests.connectors.contract import rows_of
from tests.doubles.s3.reached import Double
from tests.doubles.s3.server import AMAZON, OWN
from tests.doubles.s3.signing import signature
from tests.doubles.s3.world import BUCKET, REGION, Object, Store


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A workspace, and beside it a scratch folder."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def store(bucket: Double) -> Store:
    return bucket.store


def opened(double: Double, here: Path, path: str = "w.csv", **more: Any) -> Files:
    source = open_source("s3", double.settings(path, **more), (here,))
    assert isinstance(source, Files)
    return source


def pages_of(source: Files, here: Path) -> list[Page]:
    return list(source.read(None, None, here.parent / "scratch"))


def read(double: Double, here: Path, path: str = "w.csv", **more: Any) -> list[Page]:
    return pages_of(opened(double, here, path, **more), here)


def placed(double: Double, here: Path, **more: Any) -> Bucket:
    return place_of(opened(double, here, **more))


def place_of(source: Files) -> Bucket:
    place = source._pickup
    assert isinstance(place, Bucket)
    return place


def ids(pages: list[Page]) -> list[str | None]:
    return [row["Id"] for page in pages for row in rows_of(page)]


# --- who asks, and whom


@pytest.mark.parametrize("style", [None, True, False])
def test_a_signed_request_is_answered_whichever_way_the_bucket_is_named(bucket, store, here, style):
    store.put("out/é ünï+&=~'()%41.csv")
    assert ids(read(bucket, here, "out/*.csv", path_style=style)) == ["1"]
    assert bucket.settings().root == f"https://{BUCKET}.{AMAZON}:{bucket.port}/"
    assert bucket.settings(path_style=True).root == f"https://{AMAZON}:{bucket.port}/{BUCKET}/"


def test_the_double_checks_signatures_as_amazon_does():
    """The two examples that Amazon publishes with their signatures."""
    empty = hashlib.sha256(b"").hexdigest()
    signed = {"host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": empty, "x-amz-date": "20130524T000000Z"}
    secret, when = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524T000000Z"
    get = signature(secret, "GET", "/test.txt", "", signed | {"range": "bytes=0-9"}, when, "us-east-1", empty)
    assert get == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    listed = signature(secret, "GET", "/", "max-keys=2&prefix=J", signed, when, "us-east-1", empty)
    assert listed == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


def test_the_double_refuses_what_nobody_signed_and_what_was_changed_on_the_way(bucket, store, here, monkeypatch):
    store.put("w.csv")
    source = opened(bucket, here)
    session = place_of(source)._client._opened()
    url = f"{bucket.settings().root}w.csv"
    assert session.get(url).status_code == 200
    assert session.get(url, auth=lambda request: request).status_code == 403

    signed = session.auth
    assert callable(signed)

    def changed(request: requests.PreparedRequest) -> Any:
        found = signed(request)
        found.headers["x-amz-copy-source"] = "/another/key"
        return found

    assert session.get(url, auth=changed).status_code == 403


def test_a_token_that_belongs_to_the_key_goes_along(bucket, store, here, monkeypatch):
    store.put("w.csv")
    store.token = "sesame"
    with pytest.raises(FixAccess, match="`session_token` is over"):
        read(bucket, here)
    monkeypatch.setenv("HR_S3_TOKEN", "sesame")
    assert ids(read(bucket, here, session_token=Secret(env="HR_S3_TOKEN"))) == ["1"]
    store.token = None
    with pytest.raises(FixAccess, match="`session_token` is none of"):
        read(bucket, here, session_token=Secret(env="HR_S3_TOKEN"))


def test_a_host_of_ones_own_is_allowed_by_the_operator_and_its_address_too(bucket, store, here, monkeypatch):
    store.put("w.csv")
    with pytest.raises(FixAccess, match=r"minio\.example.com may not be reached: the operator allows it"):
        read(bucket, here, host=OWN)
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", OWN)
    with pytest.raises(FixAccess, match=r"its address 127.0.0.1 is not public"):
        read(bucket, here, host=OWN)
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", f"{OWN}, 127.0.0.1")
    assert ids(read(bucket, here, host=OWN)) == ["1"]
    monkeypatch.delenv("SYNCD_CA_FILE")
    with pytest.raises(FixAccess, match=r"the certificate of minio.example.com is not one that is trusted here"):
        read(bucket, here, host=OWN)


def put_env(name: str, value: str) -> Callable[[Store, pytest.MonkeyPatch], object]:
    return lambda store, monkeypatch: monkeypatch.setenv(name, value)


def deny(*rights: str) -> Callable[[Store, pytest.MonkeyPatch], object]:
    return lambda store, monkeypatch: store.denied.update(rights)


@pytest.mark.parametrize(
    ("spoil", "more", "message"),
    [
        (deny("s3:ListBucket"), {}, "does not let this key list w.csv: it needs s3:ListBucket on acme-hr"),
        (deny("s3:GetObject"), {}, "does not let this key read w.csv: it needs s3:GetObject on acme-hr"),
        (deny(), {"bucket": "nobody"}, "has no bucket nobody: make it, or correct `bucket`"),
        (put_env("HR_S3_KEY_ID", "AKIANOBODY"), {}, "knows no such key: check `access_key_id`"),
        (put_env("HR_S3_SECRET", "hunter2"), {}, "does not accept the signature: check `secret_access_key`"),
        (put_env("HR_S3_SECRET", ""), {}, "the variable HR_S3_SECRET, which holds a secret, is empty"),
        (deny(), {"host": AMAZON, "region": "us-east-1"}, "it lies in eu-central-1: correct `region`"),
        (lambda store, _: store.faults.append("elsewhere"), {}, "sends us on to 169.254.169.254, and nobody follows"),
        (
            lambda store, _: setattr(store, "ahead", timedelta(hours=1)),
            {},
            f"the clock of this machine is not that of {AMAZON}: set it right",
        ),
    ],
)
def test_whoever_is_refused_learns_what_to_do_and_no_secret_is_shown(
    bucket, store, here, monkeypatch, spoil, more, message
):
    store.put("w.csv")
    spoil(store, monkeypatch)
    with pytest.raises(FixAccess) as raised:
        read(bucket, here, **more)
    assert message in raised.value.message
    assert not any(secret in raised.value.message for secret in ("hunter2", "AKIA", "wJalr"))
    assert len(store.asked) <= 2, "nothing that is refused is asked again"


def test_what_is_no_store_is_told_as_such(bucket, store, here):
    store.faults.append("html")
    with pytest.raises(ReadFailed, match="gives no list of keys: check `host`, `port`, `path_style`"):
        read(bucket, here)


# --- what fails on the way


@pytest.mark.parametrize("fault", ["busy", "broken", "lost", "cut", "slow"])
def test_what_may_help_is_tried_again_and_not_for_ever(bucket, store, here, monkeypatch, fault):
    store.put("w.csv")
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    store.faults = ["", *([fault] * (client.TRIES - 1))]
    assert ids(read(bucket, here)) == ["1"]
    assert store.asked == ["GET ?", *["GET w.csv"] * client.TRIES]
    store.every_fault = fault
    store.asked.clear()
    with pytest.raises(TryLater, match=AMAZON):
        read(bucket, here)
    assert store.asked == ["GET ?"] * client.TRIES


def test_a_store_that_does_not_answer_is_tried_later(bucket, here, monkeypatch):
    with pytest.raises(TryLater, match="broke off"):
        read(bucket, here, port=1)


def test_a_file_that_is_cut_on_its_way_is_never_taken_for_a_whole_one(bucket, store, here):
    """Not even one that is cut behind a line, and a shorter one that came meanwhile is read whole."""
    store.put("w.csv", "Id\n" + "1\n" * 100_000)
    store.faults = ["", "cut"]
    assert len(ids(read(bucket, here))) == 100_000


# --- what is read


def test_files_in_a_bucket_are_read_like_files_here(bucket, store, here):
    """In the order of their names, page by page, the same bytes once; no other folder, no marker of one, no noise."""
    for key in ("out/w-2.csv", "out/w-10.csv", "out/w-1.csv", "out/other.csv", "out/.w-0.csv", "out/w-x/w-3.csv"):
        store.put(key, f"Id\n{key}\n")
    store.put("out/w-3.csv", "Id\nout/w-1.csv\n")
    store.put("out/w-4.csv/", b"")
    store.page = 2
    pages = read(bucket, here, "out/w-*.csv")
    assert [page.name for page in pages] == ["out/w-1.csv", "out/w-10.csv", "out/w-2.csv"]
    assert store.asked.count("GET ?") == 3
    assert "out/w-3.csv holds the same bytes as out/w-1.csv and is read once" in pages[-1].warnings
    (newest,) = read(bucket, here, "out/w-*.csv", each=Each.NEWEST)
    assert newest.name == "out/w-3.csv"
    assert ids(read(bucket, here, "out/w-2.csv")) == ["out/w-2.csv"]
    store.put("folder/", b"")
    with pytest.raises(ReadFailed, match="no file `folder/"):
        read(bucket, here, "folder/*")


def test_a_large_file_comes_whole_and_one_over_its_limit_not_to_its_end(bucket, store, here):
    text = "Id\n" + "".join(f"{number:09}\n" for number in range(400_000))
    store.put("w.csv", text)
    (page,) = read(bucket, here)
    assert page.path.read_text(encoding="utf-8") == text
    with pytest.raises(ReadFailed, match="larger than its limit of 1000 bytes"):
        read(bucket, here, limits=Limits(bytes=1000))
    target = here / "fetched"
    placed(bucket, here).fetch("w.csv", target, 1000)
    assert 1000 < target.stat().st_size < len(text) // 10


def test_nothing_there_is_told_as_such(bucket, store, here):
    store.put("w.csv.bak")
    for path in ("w.csv", "w*.csv", "nowhere/w*.csv"):
        with pytest.raises(ReadFailed, match="no file `"):
            read(bucket, here, path)


def test_a_list_that_never_ends_is_no_list(bucket, store, here, monkeypatch):
    for number in range(3):
        store.put(f"w-{number}.csv")
    store.page = 1
    monkeypatch.setattr("tests.doubles.s3.server.parse_qs", lambda *_, **__: {"list-type": ["2"], "prefix": [""]})
    with pytest.raises(ReadFailed, match="says that more keys follow, and not where"):
        read(bucket, here, "w-*.csv")


def test_a_file_replaced_while_it_is_fetched_gives_one_consistent_version(bucket, store, here, monkeypatch):
    """What a broken answer brought is thrown away, and what is there now is read; the archive has that and no other."""
    store.put("w.csv", "Id\n" + "old\n" * 1000)
    source = opened(bucket, here, archive="done")
    source.claim()
    store.faults = ["cut"]
    asking = place_of(source)._client
    sent = asking._sent

    def replaced(request: client.Request, *, stream: bool) -> requests.Response:
        answer = sent(request, stream=stream)
        if stream and not answered:
            answered.append(1)
            store.put("w.csv", "Id\nnew\n")
        return answer

    answered: list[int] = []
    monkeypatch.setattr(asking, "_sent", replaced)
    assert ids(pages_of(source, here)) == ["new"]
    assert source.archive("R1") == ()
    source.release()
    assert store.keys == ["done/w.csv"]
    assert store.text("done/w.csv") == "Id\nnew\n"


# --- claimed and archived


def test_what_was_read_is_archived_and_not_what_came_meanwhile(bucket, store, here):
    store.put("out/w-1.csv")
    store.put("out/w-2.csv", "Id\n2\n")
    source = opened(bucket, here, "out/w-*.csv", archive="out/done")
    assert isinstance(source, Archives)
    source.claim()
    assert store.keys == ["out/.w-1.csv.claim", "out/.w-2.csv.claim", "out/w-1.csv", "out/w-2.csv"]
    store.put("out/w-3.csv", "Id\n3\n")
    assert ids(pages_of(source, here)) == ["1", "2"]
    store.put("out/w-2.csv", "Id\n2 and more\n")
    assert source.archive("R7") == ("out/w-2.csv is another file than was read, and stays for the next run",)
    source.release()
    assert store.keys == ["out/done/w-1.csv", "out/w-2.csv", "out/w-3.csv"]
    store.put("out/w-1.csv", "Id\nanother of that name\n")
    source = opened(bucket, here, "out/w-1.csv", archive="out/done")
    source.claim()
    pages_of(source, here)
    assert source.archive("R8") == ()
    assert store.text("out/done/w-1.R8.csv") == "Id\nanother of that name\n"


def test_what_was_uploaded_in_parts_is_archived_too(bucket, store, here):
    """Its copy has another ETag."""
    store.put("w.csv", parts=3)
    source = opened(bucket, here, archive="done")
    source.claim()
    pages_of(source, here)
    assert source.archive("R1") == ()
    source.release()
    assert store.keys == ["done/w.csv"]


def test_two_readers_never_have_one_file(bucket, store, here):
    store.put("w.csv")
    one, other = (opened(bucket, here, archive="done") for _ in range(2))
    one.claim()
    with pytest.raises(TryLater, match="is being read by process"):
        other.claim()
    one.release()
    other.claim()
    other.release()
    assert store.keys == ["w.csv"]


def test_of_many_nodes_at_once_exactly_one_has_a_file(bucket, store, here):
    store.put("w.csv")
    start, told = Barrier(6), []

    def node() -> None:
        source = opened(bucket, here, archive="done")
        start.wait()
        try:
            source.claim()
            told.append("mine")
        except TryLater:
            told.append("not mine")

    nodes = [Thread(target=node) for _ in range(6)]
    for one in nodes:
        one.start()
    for one in nodes:
        one.join(30)
    assert sorted(told) == ["mine", *["not mine"] * 5]


def test_a_claim_that_is_over_is_taken_over_by_one_alone(bucket, store, here):
    store.put("w.csv")
    store.put(claim_of("w.csv"), '{"host": "gone", "process": 1, "by": "x", "at": "2020-01-01T00:00:00+00:00"}')
    one, other = (opened(bucket, here, archive="done") for _ in range(2))
    place = place_of(other)
    stale = str(place.version(claim_of("w.csv")))
    one.claim()
    assert not place.move(claim_of("w.csv"), "aside", stale), "what one saw before the other took it over"
    assert store.keys == [claim_of("w.csv"), "w.csv"]
    with pytest.raises(TryLater, match="is being read by process"):
        other.claim()


def test_a_claim_whose_answer_was_lost_is_known_again(bucket, store, here):
    store.put("w.csv")
    place = placed(bucket, here)
    store.faults = ["lost"]
    assert place.create(".c", b"mine")
    store.faults = ["lost"]
    assert not place.create(".c", b"other")
    assert place.content(".c") == b"mine"
    place.remove(".c")
    place.remove(".c")
    assert (place.content(".c"), store.keys) == (None, ["w.csv"])


@pytest.mark.parametrize("lost", range(4))
@pytest.mark.parametrize("fault", ["lost", "late"])
def test_a_file_whose_archiving_is_answered_badly_is_moved_once_and_is_never_lost(bucket, store, here, lost, fault):
    store.put("w.csv")
    place = placed(bucket, here)
    store.faults = [*[""] * lost, fault]
    assert place.move("w.csv", "done/w.csv", Object(b"Id\n1\n").etag)
    assert store.keys == ["done/w.csv"]


def test_nothing_is_written_over_in_the_archive(bucket, store, here):
    store.put("w.csv")
    store.put("done/w.csv", "Id\nother\n")
    place = placed(bucket, here)
    with pytest.raises(FixAccess, match=r"w\.csv is there already, and is not written over"):
        place.move("w.csv", "done/w.csv", Object(b"Id\n1\n").etag)
    assert store.text("done/w.csv") == "Id\nother\n"


def test_what_was_replaced_is_not_even_copied(bucket, store, here):
    store.put("w.csv", "Id\nanother\n")
    assert not placed(bucket, here).move("w.csv", "done/w.csv", Object(b"Id\n1\n").etag)
    assert "DELETE done/w.csv" not in store.asked, "for a moment the archive would have had what nobody read"
    assert store.keys == ["w.csv"]


def test_what_somebody_else_removes_after_it_was_copied_stays_in_the_archive(bucket, store, here, monkeypatch):
    """A rule of the bucket, say, that removes what is old: the copy is all there is of what was read."""
    store.put("w.csv")
    place = placed(bucket, here)
    ask = place._client.ask

    def then_gone(request: client.Request) -> client.Answer:
        answer = ask(request)
        if request.method == "PUT":
            store.buckets[BUCKET].pop("w.csv")
        return answer

    monkeypatch.setattr(place._client, "ask", then_gone)
    place.move("w.csv", "done/w.csv", Object(b"Id\n1\n").etag)
    assert store.keys == ["done/w.csv"]


def test_what_came_between_copy_and_removal_stays(bucket, store, here, monkeypatch):
    store.put("w.csv")
    place = placed(bucket, here)
    ask, version = place._client.ask, str(place.version("w.csv"))

    def then_another(request: client.Request) -> client.Answer:
        answer = ask(request)
        if request.method == "HEAD":
            store.put("w.csv", "Id\nanother\n")
        return answer

    monkeypatch.setattr(place._client, "ask", then_another)
    assert not place.move("w.csv", "done/w.csv", version)
    assert (store.keys, store.text("w.csv")) == (["w.csv"], "Id\nanother\n")


@pytest.mark.parametrize("how", ["ignores", "refuses"])
def test_a_store_that_cannot_keep_two_readers_apart_claims_nothing(bucket, store, here, how):
    store.put("w.csv")
    store.lacks["put"] = how
    with pytest.raises(FixAccess, match="two readers could have one file: leave `archive` out"):
        opened(bucket, here, archive="done").claim()
    assert store.keys == ["w.csv"]
    assert ids(read(bucket, here)) == ["1"], "it is read all the same"


@pytest.mark.parametrize("how", ["ignores", "refuses"])
def test_a_store_without_conditions_on_copies_and_removals_archives_all_the_same(bucket, store, here, how):
    store.put("w.csv")
    store.lacks |= {"copy": how, "delete": how}
    source = opened(bucket, here, archive="done")
    source.claim()
    pages_of(source, here)
    assert source.archive("R1") == ()
    source.release()
    assert store.keys == ["done/w.csv"]


@pytest.mark.parametrize(
    ("right", "act"),
    [
        ("s3:PutObject", "write .w.csv.claim"),
        ("s3:GetObject", "read w.csv"),
        ("s3:DeleteObject", "remove .w.csv.claim"),
    ],
)
def test_what_a_key_may_not_do_is_told_with_the_right_it_needs(bucket, store, here, right, act):
    store.put("w.csv")
    store.denied.add(right)
    source = opened(bucket, here, archive="done")
    with pytest.raises(SyncError, match=f"does not let this key {act}: it needs {right} on {BUCKET}"):
        _all_of_it(source, here)


def test_what_may_not_be_archived_stays_and_the_run_says_so(bucket, store, here):
    store.put("w.csv")
    source = opened(bucket, here, archive="done")
    source.claim()
    pages_of(source, here)
    store.denied.add("s3:PutObject")
    (said,) = source.archive("R1")
    assert said.startswith("w.csv was read and could not be archived: ")
    assert "it needs s3:GetObject, s3:PutObject and s3:DeleteObject on acme-hr" in said


def _all_of_it(source: Files, here: Path) -> None:
    source.claim()
    try:
        pages_of(source, here)
    finally:
        source.release()


# --- settings


DOCUMENT = {
    "path": "out/w*.csv",
    "bucket": BUCKET,
    "region": REGION,
    "access_key_id": {"env": "A"},
    "secret_access_key": {"file": "secrets/s3.sealed"},
}


def test_the_yaml_form_becomes_settings():
    found = TypeAdapter(Settings).validate_python(DOCUMENT | {"delimiter": ";", "limits": {"rows": 5}})
    assert (found.port, found.delimiter, found.limits.rows) == (443, ";", 5)
    assert found.secret_access_key == Secret(file="secrets/s3.sealed")


@pytest.mark.parametrize(
    ("more", "root"),
    [
        ({}, "https://acme-hr.s3.eu-central-1.amazonaws.com/"),
        ({"bucket": "acme.hr"}, "https://s3.eu-central-1.amazonaws.com/acme.hr/"),
        ({"region": "cn-north-1"}, "https://acme-hr.s3.cn-north-1.amazonaws.com.cn/"),
        ({"host": "minio.example.com", "port": 9000}, "https://minio.example.com:9000/acme-hr/"),
        ({"host": "minio.example.com", "path_style": False}, "https://acme-hr.minio.example.com/"),
    ],
)
def test_a_bucket_has_an_address(more, root):
    assert TypeAdapter(Settings).validate_python(DOCUMENT | more).root == root


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "Acme"},
        {"bucket": "a"},
        {"bucket": "acme/hr"},
        {"bucket": "acme..hr"},
        {"bucket": "s3://acme-hr"},
        {"region": "EU"},
        {"region": ""},
        {"region": "eu-central-1.evil.com/"},
        {"host": "https://minio.example.com"},
        {"host": "minio.example.com:9000"},
        {"host": "a@b"},
        {"port": 0},
        {"path": "/out/w.csv"},
        {"path": "out//w.csv"},
        {"path": "out/../w.csv"},
        {"path": "out/"},
        {"path": ""},
        {"path": "*/w.csv"},
        {"archive": "/done"},
        {"archive": "done/"},
        {"archive": "done*"},
        {"access_key_id": "AKIA"},
        {"secret_access_key": None},
        {"secret_access_key": {"env": "SYNCD_SECRET"}},
        {"delimiter": ";;"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python(DOCUMENT | wrong)


def test_without_the_package_it_is_said_what_to_install(bucket, here, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="requests_aws4auth")

    monkeypatch.setattr(extra, "import_module", missing)
    with pytest.raises(FixFile, match=r"needs the package requests_aws4auth: install syncd\[s3\]") as raised:
        opened(bucket, here)
    assert raised.value.mistakes[0].path == ("kind",)
