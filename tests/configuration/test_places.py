"""An offset inside a scalar is a line and a column, however the scalar is written."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.configuration.document import Document, Place
from syncd.configuration.places import Lines, Scalar, index_of

EVERY_STYLE = [
    ("where: Department == 'Sales'\n", (1, 22)),
    ("where: 'Department == ''Sales'''\n", (1, 23)),
    ("where: \"Department == 'Sales'\"\n", (1, 23)),
    ("where: \"Dep\\x61rtment\\u0020==\\t'Sales'\"\n", (1, 32)),
    ("where: Department ==\n  'Sales'\n", (2, 3)),
    ("where: >\n  Department ==\n  'Sales'\n", (3, 3)),
    ("where: |-  # who\n\n    Department\n    ==   'Sales'\n", (4, 10)),
    ("where: >2-\n    Department ==\n\n\n  'Sales'\n", (5, 3)),
    ("where: \"Department \\\n   == 'Sales'\"\n", (2, 7)),
    ("where: Department ==\r\n  'Sales'\r\n", (2, 3)),
]


def scalar_of(text: str) -> Scalar:
    """The value of the only key, as the loader notes it."""
    whole = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(whole, yaml.MappingNode)
    node = whole.value[0][1]
    return Scalar(node.value, node.start_mark.index, node.end_mark.index, node.style)


@pytest.mark.parametrize(("text", "place"), EVERY_STYLE)
def test_a_word_inside_a_scalar_is_found_however_it_is_written(text: str, place: tuple[int, int]) -> None:
    scalar = scalar_of(text)
    document = Document("workers.yaml", text, None, {("where",): Place(scalar.start, 0, scalar)})
    mistake = document.mistake(("where",), "no such value", scalar.value.index("'Sales'"))
    assert (mistake.line, mistake.column) == place


@pytest.mark.parametrize(("text", "_place"), EVERY_STYLE)
def test_the_end_of_a_scalar_is_after_its_last_character(text: str, _place: tuple[int, int]) -> None:
    scalar = scalar_of(text)
    end = len(scalar.value.rstrip())
    assert text[: index_of(text, scalar, end)].endswith(("'Sales'", "''Sales''"))


# without the line ends that the YAML library does not write so that it reads them again
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\x85\u2028\u2029"), min_size=1, max_size=60)


@given(WORDS, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(10, 100))
@example("a'b ''c", "'", 10)
@example('\\ "\t\x00 \u2028é', '"', 10)
@example("a b c d e f g h i j k", ">", 10)
def test_every_solid_character_is_found_again(value: str, style: str | None, width: int) -> None:
    text = yaml.dump({"where": value}, default_style=style, width=width, allow_unicode=True)
    scalar = scalar_of(text)
    assert scalar.value == value
    for offset, character in enumerate(value):
        if not character.isspace():
            index = index_of(text, scalar, offset) + (offset == 0 and scalar.style in ("'", '"'))
            escaped = scalar.style == '"' and text[index] == "\\"
            assert escaped or text[index] == character


@given(st.text("a\r\n\x85\u2028", max_size=30))
def test_lines_are_counted_as_yaml_counts_them(text: str) -> None:
    lines, loader = Lines(text), yaml.reader.Reader(text)
    for index in range(len(text)):
        mark = loader.get_mark()
        if not text[:index].endswith("\r") or text[index] != "\n":
            assert lines.place(index) == (mark.line + 1, mark.column + 1)
        loader.forward()


def test_a_path_that_leads_to_nothing_points_at_what_is_around_it() -> None:
    text = "a:\n  b: [1]\n"
    places = {(): Place(0), ("a",): Place(5, 0), ("a", "b"): Place(8, 5), ("a", "b", 0): Place(9)}
    document = Document("a.yaml", text, None, places)
    found = {path: document.mistake(path, "").column for path in (("a", "x"), ("a", "b"), ("a", "b", 0), ("c",))}
    assert found == {("a", "x"): 1, ("a", "b"): 3, ("a", "b", 0): 7, ("c",): 1}
