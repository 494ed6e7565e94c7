"""Files on an SFTP server: who it is, who we are, what is fetched, claimed and archived there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pydantic import TypeAdapter, ValidationError

from connectors import extra
from connectors.base import Archives, Page
from connectors.file.settings import Each, Limits
from connectors.file.source import Files
from connectors.opening import open_source
from connectors.secret import Secret
from connectors.sftp import server
from connectors.sftp.settings import Settings
from domain.errors import FixAccess, FixFile, ReadFailed, SyncError, TryLater
from tests.connectors import sftp_server
from tests.connectors.contract import rows_of
from tests.connectors.sftp_server import OTHER_KEY, PASSWORD, SERVER_KEY, USER_KEY, Running, private, public

PASSED = Secret(file="password")


@pytest.fixture
def here(inbox: Path) -> Path:
    """A workspace with the password in it."""
    (inbox / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (inbox.parent / "scratch").mkdir()
    return inbox


def opened(sftp: Running, here: Path, path: str = "w.csv", **more: Any) -> Any:
    usual: dict[str, Any] = {"host": "127.0.0.1", "port": sftp.port, "user": "syncd", "host_key": public(SERVER_KEY)}
    logged = {} if "key" in more else {"password": PASSED}
    return open_source("sftp", Settings(path=path, **usual | logged | more), (here,))


def read(sftp: Running, here: Path, path: str = "w.csv", **more: Any) -> list[Page]:
    return list(opened(sftp, here, path, **more).read(None, None, here.parent / "scratch"))


def put(sftp: Running, name: str, content: str = "Id\n1\n") -> Path:
    path = sftp.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def ids(pages: list[Page]) -> list[str | None]:
    return [row["Id"] for page in pages for row in rows_of(page)]


# --- who is who


def test_a_password_or_a_private_key_lets_us_in(sftp, here):
    put(sftp, "w.csv")
    assert ids(read(sftp, here)) == ["1"]
    (here / "key").write_text(private(USER_KEY), encoding="utf-8")
    assert ids(read(sftp, here, key=Secret(file="key"))) == ["1"]
    (here / "key").write_text(private(USER_KEY, "sesame"), encoding="utf-8")
    (here / "phrase").write_text("sesame", encoding="utf-8")
    assert ids(read(sftp, here, key=Secret(file="key"), passphrase=Secret(file="phrase"))) == ["1"]


def test_a_secret_may_stand_in_the_environment(sftp, here, monkeypatch):
    put(sftp, "w.csv")
    monkeypatch.setenv("HR_PASSWORD", PASSWORD)
    assert ids(read(sftp, here, password=Secret(env="HR_PASSWORD"))) == ["1"]


def test_a_server_with_another_key_is_told_nothing(sftp, here, monkeypatch):
    """Not our name, not our password: it may be somebody in between."""
    put(sftp, "w.csv")
    with pytest.raises(FixAccess, match=r"shows another key \(SHA256:.*\) than `host_key`: ask its owner"):
        read(sftp, here, host_key=public(OTHER_KEY))
    monkeypatch.setattr(server.Server, "_greet", lambda self, transport: transport.start_client(timeout=5))
    assert ids(read(sftp, here, host_key=public(OTHER_KEY))) == ["1"], "it is that check alone that keeps it out"


def test_a_server_without_a_key_of_the_pinned_kind_is_told_nothing(sftp, here):
    with pytest.raises(FixAccess, match="has no key of the kind ssh-rsa"):
        read(sftp, here, host_key=public(asyncssh.generate_private_key("ssh-rsa", key_size=2048)))


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda here: (here / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "more", "message"),
    [
        (write("password", "wrong"), {}, "does not let syncd in: check `user`, `key` or `password`"),
        (write("password", ""), {}, "the file password, which holds a secret, is empty or not there"),
        (write("key", "no key"), {"key": Secret(file="key")}, "`key` is no private key that can be read"),
        (write("key", private(OTHER_KEY)), {"key": Secret(file="key")}, "does not let syncd in"),
        (write("key", private(USER_KEY, "sesame")), {"key": Secret(file="key")}, "its `passphrase` is not right"),
        (write("x", ""), {"password": Secret(file="../secret")}, "lies outside the workspace"),
        (write("x", ""), {"password": Secret(file="nowhere")}, "cannot be read"),
        (write("x", ""), {"password": Secret(env="NOBODY_SET_THIS")}, "the variable NOBODY_SET_THIS"),
    ],
)
def test_who_is_not_let_in_learns_what_to_do_and_no_secret_is_shown(sftp, here, spoil, more, message):
    put(sftp, "w.csv")
    spoil(here)
    with pytest.raises(FixAccess) as raised:
        read(sftp, here, **more)
    assert message in raised.value.message
    assert not any(secret in raised.value.message for secret in ("wrong", "sesame", PASSWORD))


def test_a_server_that_does_not_answer_is_tried_later(here):
    with sftp_server.serving(here) as gone:
        pass
    with pytest.raises(TryLater, match="does not answer"):
        read(gone, here)


def test_a_connection_that_breaks_off_is_tried_later(sftp, here, monkeypatch):
    put(sftp, "w.csv")
    source = opened(sftp, here)
    assert source._pickup.version("w.csv") is not None
    source._pickup._transport.close()
    with pytest.raises(TryLater, match=r"broke off|could not do that"):
        list(source.read(None, None, here.parent / "scratch"))
    assert ids(list(source.read(None, None, here.parent / "scratch"))) == ["1"], "the next act connects anew"


# --- what is read


def test_files_elsewhere_are_read_like_files_here(sftp, here):
    """In the order of their names, the same bytes once; what programs leave beside them is none of them."""
    for name in ("out/w-2.csv", "out/w-10.csv", "out/w-1.csv", "out/other.csv", "out/.w-0.csv", "out/deeper/w-3.csv"):
        put(sftp, name, f"Id\n{name}\n")
    put(sftp, "out/w-3.csv", "Id\nout/w-1.csv\n")
    (sftp.folder / "out" / "w-4.csv").mkdir()
    pages = read(sftp, here, "out/w-*.csv")
    assert [page.name for page in pages] == ["out/w-1.csv", "out/w-10.csv", "out/w-2.csv"]
    assert "out/w-3.csv holds the same bytes as out/w-1.csv and is read once" in pages[-1].warnings
    (newest,) = read(sftp, here, "out/w-*.csv", each=Each.NEWEST)
    assert newest.name == "out/w-3.csv"
    assert ids(read(sftp, here, "/out/w-2.csv")) == ["out/w-2.csv"], "an absolute path is one from the root"


def test_a_large_file_comes_whole(sftp, here):
    text = "Id\n" + "".join(f"{number:09}\n" for number in range(400_000))
    put(sftp, "w.csv", text)
    (page,) = read(sftp, here)
    assert page.path.read_text(encoding="utf-8") == text


def test_a_file_over_its_limit_is_not_even_fetched_to_its_end(sftp, here):
    put(sftp, "w.csv", "Id\n" + "1\n" * 3_000_000)
    with pytest.raises(ReadFailed, match="larger than its limit of 1000 bytes"):
        read(sftp, here, limits=Limits(bytes=1000))


def test_nothing_there_is_told_as_such(sftp, here):
    for path in ("w.csv", "w*.csv"):
        with pytest.raises(ReadFailed, match="no file `w"):
            read(sftp, here, path)
    with pytest.raises(FixAccess, match="has no nowhere: make the folder there, or correct `path`"):
        read(sftp, here, "nowhere/w*.csv")


@pytest.mark.parametrize("replacements", [1, 2])
def test_a_file_replaced_while_it_is_fetched_gives_one_consistent_version_or_none(
    sftp, here, monkeypatch, replacements
):
    path, times = put(sftp, "w.csv", "Id\nold\n"), []
    version = server.Server.version

    def seen(self: server.Server, name: str) -> str | None:
        times.append(1)
        if len(times) in (3, 5)[:replacements]:  # after it was asked whether it is there, and each time it was fetched
            path.write_text(f"Id\nnew {len(times)}!\n", encoding="utf-8")
            os.utime(path, (len(times), len(times)))
        return version(self, name)

    monkeypatch.setattr(server.Server, "version", seen)
    if replacements == 1:
        assert ids(read(sftp, here)) == ["new 3!"]
    else:
        with pytest.raises(ReadFailed, match="changes while it is read"):
            read(sftp, here)


# --- claimed and archived


def names(sftp: Running) -> list[str]:
    return sorted(str(path.relative_to(sftp.folder)) for path in sftp.folder.rglob("*") if path.is_file())


def test_what_was_read_is_archived_and_not_what_came_meanwhile(sftp, here):
    put(sftp, "out/w-1.csv")
    late = put(sftp, "out/w-2.csv", "Id\n2\n")
    source = opened(sftp, here, "out/w-*.csv", archive="out/done")
    assert isinstance(source, Archives)
    assert isinstance(source, Files)
    source.claim()
    assert names(sftp) == ["out/.w-1.csv.claim", "out/.w-2.csv.claim", "out/w-1.csv", "out/w-2.csv"]
    put(sftp, "out/w-3.csv", "Id\n3\n")
    assert ids(list(source.read(None, None, here.parent / "scratch"))) == ["1", "2"]
    late.write_text("Id\n2 and more\n", encoding="utf-8")
    assert source.archive("R7") == ("out/w-2.csv is another file than was read, and stays for the next run",)
    source.release()
    assert names(sftp) == ["out/done/w-1.csv", "out/w-2.csv", "out/w-3.csv"]
    put(sftp, "out/w-1.csv", "Id\nanother of that name\n")
    source = opened(sftp, here, "out/w-1.csv", archive="out/done")
    source.claim()
    list(source.read(None, None, here.parent / "scratch"))
    assert source.archive("R8") == ()
    assert (sftp.folder / "out/done/w-1.R8.csv").read_text(encoding="utf-8") == "Id\nanother of that name\n"


def test_two_readers_never_have_one_file(sftp, here):
    put(sftp, "w.csv")
    one, other = (opened(sftp, here, archive="done") for _ in range(2))
    one.claim()
    with pytest.raises(TryLater, match="is being read by process"):
        other.claim()
    one.release()
    other.claim()
    other.release()
    assert names(sftp) == ["w.csv"]


def test_a_claim_is_whole_or_not_there(sftp, here):
    """Whoever finds one can read who made it; a second is refused by the server itself."""
    place = opened(sftp, here)._pickup
    assert place.create(".c", b"one")
    assert not place.create(".c", b"other")
    assert place.content(".c") == b"one"
    place.remove(".c")
    place.remove(".c")
    assert (place.content(".c"), names(sftp)) == (None, [])


@pytest.mark.parametrize(("request_", "act"), [("rename", "claim"), ("write", "claim"), ("read", "read")])
def test_what_a_server_does_not_allow_is_told(sftp, here, request_, act):
    put(sftp, "w.csv")
    sftp.refused.add(request_)
    source = opened(sftp, here, archive="done")
    with pytest.raises(SyncError, match="does not let syncd do that with"):
        source.claim() if act == "claim" else list(source.read(None, None, here.parent / "scratch"))


# --- settings


DOCUMENT = {"path": "w.csv", "host": "h", "user": "u", "host_key": public(SERVER_KEY), "password": {"env": "PW"}}


def test_the_yaml_form_becomes_settings():
    found = TypeAdapter(Settings).validate_python(DOCUMENT | {"delimiter": ";", "limits": {"rows": 5}})
    assert (found.port, found.delimiter, found.limits.rows, found.password) == (22, ";", 5, Secret(env="PW"))
    scanned = f"sftp.example.com {public(SERVER_KEY)} a comment"
    assert TypeAdapter(Settings).validate_python(DOCUMENT | {"host_key": scanned}).pinned == found.pinned


@pytest.mark.parametrize(
    "wrong",
    [
        {"host_key": ""},
        {"host_key": "ssh-ed25519"},
        {"host_key": "ssh-ed25519 AAAA"},
        {"host_key": public(SERVER_KEY).replace("ssh-ed25519 ", "ssh-rsa ")},
        {"host_key": "accept-new"},
        {"password": None},
        {"password": "correct horse"},
        {"password": {"env": "A", "file": "b"}},
        {"password": {"env": "SYNCD_DATABASE_URL"}},
        {"key": {"file": "key"}},
        {"passphrase": {"file": "key"}},
        {"port": 0},
        {"path": "*/w.csv"},
        {"path": ""},
        {"delimiter": ";;"},
        {"archive": "done*"},
        {"colour": "red"},
    ],
    ids=lambda wrong: next(iter(wrong)),  # the keys differ from process to process
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python(DOCUMENT | wrong)


def test_without_the_package_it_is_said_what_to_install(sftp, here, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="paramiko")

    monkeypatch.setattr(extra, "import_module", missing)
    with pytest.raises(FixFile, match=r"needs the package paramiko: install syncd\[sftp\]") as raised:
        opened(sftp, here)
    assert raised.value.mistakes[0].path == ("kind",)
