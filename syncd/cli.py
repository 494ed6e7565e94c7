"""The command line: which commands there are, what they share, and what their errors look like.

`main(argv)` gives the exit code: 0 done, 1 done with problems in the data, 2 a mistake in files or arguments, 3 held,
4 a source could not be read, 5 refused.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import traceback
from datetime import date
from pathlib import Path

import click

from domain.errors import FixAccess, FixFile, Held, LeaseLost, ReadFailed, Refused, SyncError, TryLater

#: The exit code of a fault of our own.
OUR_FAULT = 70

#: command -> (module, what it does in a line). The module is imported when the command is called, for start-up time.
COMMANDS = {
    "init": ("workspace", "make a workspace, or a copy of an example"),
    "check": ("workspace", "read every file of the workspace and list all mistakes"),
    "run": ("run", "pull and stage feeds now"),
    "configuration": ("configuration", "whether the files count: changes of them are published and approved"),
    "changes": ("review", "what is proposed, and what became of it"),
    "approve": ("review", "approve changes"),
    "reject": ("review", "reject changes, and remember it"),
    "revert": ("revert", "take decisions back: the opposite is proposed"),
    "rejections": ("memory", "remembered rejections"),
    "forget": ("memory", "end a remembered rejection"),
    "conflicts": ("memory", "questions that only a person can answer"),
    "answer": ("who", "answer a question: who a record is"),
    "hold": ("hold", "runs whose changes may not be decided until released"),
    "override": ("override", "hide what sources say of an attribute: list, end"),
    "set": ("manual", "correct values of a participant: proposed, then decided like any change"),
    "add": ("manual", "propose a participant managed here"),
    "quotas": ("quotas", "copy quotas from one span of time to another, with a factor"),
    "links": ("who", "which records of which source are whom, and who said so"),
    "link": ("who", "let a record be somebody, at once"),
    "unlink": ("who", "let a record be nobody's, and not that person's again"),
    "merge": ("merge", "propose that two participants are one person"),
    "participants": ("roster", "the roster of a day, as known at a revision"),
    "units": ("units", "teams, territories, positions: what is above each on a day, and who is in it"),
    "mapping": ("mapping", "what is made of a feed's rows, in words"),
    "verify": ("verify", "compare a source with what is known: counts, sums, record by record"),
    "quarantine": ("roster", "bad rows that have not been put right yet"),
    "adjust": ("adjust", "amounts by hand, with a reason and a second person"),
    "submit": ("close", "submit the results of a pay period for approval"),
    "approve-results": ("close", "approve what somebody else submitted"),
    "return": ("close", "give submitted results back, with a reason"),
    "commit": ("close", "write approved results into the ledger"),
    "reopen": ("close", "open a pay run again that is not committed"),
    "audit": ("roster", "who did what, when and why"),
    "calculate": ("pay", "what everybody is owed for a pay period"),
    "results": ("pay", "what a pay period comes to, amount by amount"),
    "statement": ("explain", "what a participant earned and is paid for a pay period"),
    "explain": ("explain", "every step of what a participant is owed, down to the source rows"),
    "up": ("daemon", "be clock and worker in one process, until it is told to stop"),
    "clock": ("daemon", "let a job wait for each feed whose time has come"),
    "worker": ("daemon", "do the jobs that wait, one after the other"),
    "web": ("web", "serve the pages and the API, until it is told to stop"),
    "users": ("users", "who may log in, what they may do, and tokens for programs"),
    "outbound": ("outbound", "outbound messages of Salesforce: the secret paths by which they come"),
    "jobs": ("jobs", "what was done by itself, and what waits"),
    "schedules": ("jobs", "when each feed runs by itself, and whether it is late"),
    "outbox": ("outbox", "what goes outside: what waits, what did not go; send again, or drop"),
    "doctor": ("doctor", "what an operator checks first, and a bundle for who is asked for help"),
    "backup": ("keeping", "everything that is kept, as open files, while it runs"),
    "restore": ("keeping", "a backup into an empty place; nothing is sent twice, sources are caught up with"),
    "export": ("keeping", "the same files for another installation or another program"),
    "import": ("keeping", "an export into an empty place, on whichever database"),
    "erase": ("erase", "what is personal of somebody who has left goes; every amount stays"),
    "tidy": ("keeping", "remove what need not be kept any longer"),
    "plan": ("plan", "how one can earn: check, diff, test, publish, approve, list"),
    "write-back": ("write_back", "committed results into another system: previewed, approved, sent"),
    "connect": ("connect", "agree in a browser that we reach a system, and list who did"),
    "secrets": ("secrets", "what is kept sealed: a new key, seal a secret, seal everything again"),
    "db": ("workspace", "the database: upgrade"),
}

EXIT_CODES: dict[type[SyncError], int] = {
    FixFile: 2,
    Held: 3,
    ReadFailed: 4,
    TryLater: 4,
    FixAccess: 4,
    Refused: 5,
    LeaseLost: 5,
}


class Commands(click.Group):
    """The command table; nothing of a command is imported to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Name the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # what is imported stays: looking for garbage among it takes a tenth of the time
        try:
            module = importlib.import_module(f"syncd.commands.{COMMANDS[cmd_name][0]}")
        finally:
            gc.enable()
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="the folder with syncd.yaml (default: here)",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="pretend another day; only where the workspace says allow_today",
)
@click.pass_context
def syncd(context: click.Context, workspace: Path, today: object) -> None:
    """Keep who earns commission in step with the systems that know, and let a person decide."""
    day: date | None = today.date() if today is not None else None  # type: ignore[attr-defined] # click gives a datetime
    context.obj = (workspace, day)


def main(argv: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    as_json = "--json" in arguments
    try:
        code = syncd.main(args=list(arguments), prog_name="syncd", standalone_mode=False)
    except SyncError as error:
        _complain(error, as_json=as_json)
        return EXIT_CODES.get(type(error), 5)
    except click.ClickException as error:
        _complain(FixFile(error.format_message()), as_json=as_json)
        return 2
    except click.Abort:
        return 2
    except Exception as error:  # noqa: BLE001 - the outermost shell: whatever it is, a script gets its exit code
        traceback.print_exc()
        _complain(SyncError(f"this is a fault of syncd itself, not of your data: {error!r}"), as_json=as_json)
        return OUR_FAULT
    return code if isinstance(code, int) else 0


def _complain(error: SyncError, *, as_json: bool) -> None:
    problems = [
        {"file": one.file, "line": one.line, "column": one.column, "message": one.message}
        for one in getattr(error, "mistakes", ())
    ] + [
        {"file": one.place, "line": one.row, "column": None, "message": one.message}
        for one in getattr(error, "problems", ())
    ]
    if as_json:
        document = {"error": {"code": error.code, "message": error.message, "problems": problems}}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    click.echo(f"syncd: {error.message}", err=True)
    for problem in problems if [one["message"] for one in problems] != [error.message] else ():
        place = ":".join(
            str(part) for part in (problem["file"], problem["line"], problem["column"]) if part is not None
        )
        click.echo(f"  {place}: {problem['message']}" if place else f"  {problem['message']}", err=True)
