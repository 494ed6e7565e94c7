"""One list of the modules that declare tables."""

from importlib import import_module
from pathlib import Path

from store import every_table, open_form


def test_every_module_with_tables_is_in_the_one_list() -> None:
    folder = Path(every_table.__file__).parent
    declaring = {import_module(f"store.{path.stem}") for path in folder.glob("*_tables.py")}
    assert {module.__name__ for module in every_table.MODULES} == {
        "store.tables",
        *(module.__name__ for module in declaring),
    }


def test_a_copy_has_every_table_that_is_to_be_copied() -> None:
    kept = {name for name, table in every_table.metadata.tables.items() if table.info.get("copied", True)}
    assert set(open_form.table_names()) == kept
    assert {"known_user", "user_role"} <= kept
