"""``talestream dead-letters``: what could not be handled, and what to do with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from talestream.assets import default_folder
from talestream.cli.console import console, problems_end_the_command, say
from talestream.cli.story import STACK_FOLDER
from talestream.embedded.connection import settings_of_running
from talestream.embedded.errors import StackError
from talestream.settings import Settings

if TYPE_CHECKING:
    from schemas import DeadLetter
    from talestream.dead_letters import DeadLetters
    from talestream.runtime import Runtime

Folder = Annotated[
    Path | None,
    typer.Option("--dir", help="Folder of a stack on this machine; else TALESTREAM_* settings, else the usual folder"),
]
LetterId = Annotated[str, typer.Argument(help="As 'list' shows it")]

app = typer.Typer(help="Messages that could not be handled.", no_args_is_help=True)


@app.command("list")
def list_letters(
    folder: Folder = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic's")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most")] = 50,
) -> None:
    """The letters, newest first."""

    async def show(letters: "DeadLetters", _runtime: "Runtime") -> None:
        found = [letter async for letter in letters.all(topic, limit)]
        if not found:
            say("there are no dead letters")
            return
        table = Table("id", "failed at", "attempts", "reason", box=None)
        for letter in found:
            table.add_row(letter.id, f"{letter.failed_at:%Y-%m-%d %H:%M:%S}", str(letter.attempts), letter.reason[:200])
        console.print(table)

    _run(folder, show)


@app.command()
def show(letter_id: LetterId, folder: Folder = None) -> None:
    """One letter with its original bytes, as JSON."""

    async def print_letter(letters: "DeadLetters", _runtime: "Runtime") -> None:
        say(_as_json(await letters.get(letter_id)))

    _run(folder, print_letter)


@app.command()
def replay(
    letter_id: Annotated[str | None, typer.Argument(help="As 'list' shows it; or --all")] = None,
    folder: Folder = None,
    every: Annotated[bool, typer.Option("--all", help="Every letter, the oldest first")] = False,
    topic: Annotated[str | None, typer.Option(help="With --all: only this topic's")] = None,
) -> None:
    """Bring a letter's message back to work. One that does not fit its schema, or whose task has ended, stays."""
    if every == (letter_id is not None) or (topic and not every):
        raise typer.BadParameter("name one letter, or give --all, and with it --topic if you like")

    async def work(letters: "DeadLetters", runtime: "Runtime") -> None:
        if letter_id is not None:
            say(await letters.replay(letter_id, runtime.tasks, runtime.blobs))
            return
        chosen = [letter.id async for letter in letters.all(topic, limit=0)][::-1]
        replayed, kept = await letters.replay_each(chosen, runtime.tasks, runtime.blobs)
        for kept_id, why in kept.items():
            say(f"{kept_id} stays: {why}")
        say(f"{replayed} of {len(chosen)} replayed")
        if kept:
            raise typer.Exit(1)

    _run(folder, work)


@app.command()
def drop(letter_id: LetterId, folder: Folder = None) -> None:
    """Forget a letter."""

    async def forget(letters: "DeadLetters", _runtime: "Runtime") -> None:
        await letters.drop(letter_id)
        say(f"dropped {letter_id}")

    _run(folder, forget)


def _run(folder: Path | None, work: Callable[["DeadLetters", "Runtime"], Awaitable[None]]) -> None:
    async def connected() -> None:
        from talestream.cloud_events import Undecodable  # noqa: PLC0415 (slow to import)
        from talestream.dead_letters import NotReplayable, UnknownLetter  # noqa: PLC0415
        from talestream.errors import StageError  # noqa: PLC0415

        try:
            async with _letters(_settings(folder)) as (letters, runtime):
                await work(letters, runtime)
        except UnknownLetter as error:
            raise StackError(str(error), "'talestream dead-letters list' shows those that there are") from error
        except Undecodable as error:
            raise StackError(
                f"it still does not fit: {error}", "publish a corrected message, then drop this"
            ) from error
        except NotReplayable as error:
            raise StackError(str(error), "drop this letter") from error
        except StageError as error:
            raise StackError(error.message, "the letter stays: try again, or drop it") from error

    with problems_end_the_command():
        asyncio.run(connected())


@asynccontextmanager
async def _letters(configured: Settings) -> "AsyncIterator[tuple[DeadLetters, Runtime]]":
    from talestream.dead_letters import DeadLetters  # noqa: PLC0415 (slow to import)
    from talestream.runtime import Runtime  # noqa: PLC0415

    quiet = configured.model_copy(update={"log_level": "ERROR"})
    async with Runtime.open("cli", quiet) as runtime:
        yield DeadLetters(runtime.database, runtime.broker, runtime.clock), runtime


def _settings(folder: Path | None) -> Settings:
    """Of the stack in the folder, else of the environment, else of the stack in the usual folder."""
    if folder is None:
        try:
            configured = Settings()
        except ValidationError:
            configured = None
        if configured is not None and configured.mongo.model_fields_set:
            return configured
    return settings_of_running(folder or default_folder(STACK_FOLDER))


def _as_json(letter: "DeadLetter") -> str:
    def text(raw: bytes | None) -> str | None:
        return None if raw is None else raw.decode("utf-8", "backslashreplace")

    about = letter.model_dump(mode="json", exclude={"key", "value", "headers"})
    about |= {"key": text(letter.key), "value": text(letter.value)}
    about |= {"headers": {name: text(value) for name, value in letter.headers}}
    return json.dumps(about, ensure_ascii=False, indent=2)
