"""``talestream story``: one sentence becomes a film, made by a stack on this machine or by an API elsewhere."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import httpx
import typer

from schemas import Aspect, Resolution, TaskState
from talestream.assets import assets_folder, default_folder
from talestream.cli.board import Board, board
from talestream.cli.client import ApiClient, ApiRefused, ManifestView, TaskView
from talestream.cli.console import console, problems_end_the_command, say
from talestream.cli.cut import cut_help, cut_of
from talestream.cli.outputs import outputs_help, outputs_of
from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder
from talestream.embedded.setup import set_up
from talestream.embedded.stack import Stack

STACK_FOLDER = Path("var/stack")
LOOK_S = 0.4
"""How often the task is looked at, at most."""
IDLE_LOOK_S = 3.0
"""How often it is looked at when no notification comes."""
OTHER_STACK_S = 60.0
"""How long another command's stack in the same folder may take to become ready."""
BESIDE = frozenset({"rendition", "preview", "cover", "sound"})
"""The roles of what was ordered beside the film."""
ENDED = frozenset({TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELLED})

app = typer.Typer()


class Spoken(StrEnum):
    """The language of a film."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True)
class Access:
    """Where the API is, and as whom to use it."""

    url: str
    username: str
    password: str
    may_register: bool


class Interrupted(Exception):
    """The user wants no film any more."""


@app.command()
def story(
    prompt: Annotated[str, typer.Argument(envvar="TALESTREAM_PROMPT", help="What the film is to be about")],
    out: Annotated[Path, typer.Option(envvar="TALESTREAM_OUT", help="The film's file")] = Path("out/film.mp4"),
    pages: Annotated[
        int, typer.Option(envvar="TALESTREAM_PAGES", min=3, max=40, help="How many pages the story has")
    ] = 6,
    language: Annotated[
        Spoken | None, typer.Option(envvar="TALESTREAM_LANGUAGE", help="Found from the prompt when left out")
    ] = None,
    aspect: Annotated[Aspect, typer.Option(envvar="TALESTREAM_ASPECT", help="The film's shape")] = Aspect.WIDE,
    resolution: Annotated[
        Resolution, typer.Option(envvar="TALESTREAM_RESOLUTION", help="The film's shorter side")
    ] = Resolution.HD,
    outputs: Annotated[
        str, typer.Option(envvar="TALESTREAM_OUTPUTS", help=f"What to make beside the film: {outputs_help()}")
    ] = "",
    cut: Annotated[
        str, typer.Option(envvar="TALESTREAM_CUT", help=f"Transitions, captions and cards: {cut_help()}")
    ] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same film")] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Folder of the stack on this machine")] = None,
    url: Annotated[str | None, typer.Option(help="An API elsewhere, instead of a stack on this machine")] = None,
    user: Annotated[str | None, typer.Option(envvar="TALESTREAM_USER", help="User name, with --url")] = None,
    password: Annotated[str | None, typer.Option(envvar="TALESTREAM_PASSWORD", help="Password, with --url")] = None,
) -> None:
    """Make a film of one sentence, with its captions, script_data.json and manifest.json beside it."""
    order: dict[str, Any] = {"topic": prompt, "page_count": pages, "aspect": aspect, "resolution": resolution}
    order |= {"language": language.value} if language else {}
    order |= {} if seed is None else {"seed": seed}
    with problems_end_the_command():
        if not prompt.strip():
            raise StackError("the prompt is empty", "say in a sentence what the film is to be about")
        film = _target(out)
        order["outputs"] = [output.model_dump(mode="json") for output in outputs_of(outputs)]
        if chosen := cut_of(cut):
            order["cut"] = chosen.model_dump(mode="json")
        if url is None:
            set_up(assets_folder(), say)
            place = _local(folder or default_folder(STACK_FOLDER))
        elif user and password:
            place = _elsewhere(Access(url, user, password, may_register=False))
        else:
            raise StackError("--url needs a user", "give --user and --password, or TALESTREAM_USER and _PASSWORD")
        try:
            asyncio.run(_until_interrupted(_make(place, order, film)))
        except Interrupted:
            say("cancelled")
            raise typer.Exit(130) from None
        except ApiRefused as error:
            raise StackError(f"the API refused: {error.message}", "correct what it names and try again") from error
        except httpx.HTTPError as error:
            raise StackError(
                f"the API does not answer: {error!r}", "see whether it runs, and at this address"
            ) from error


async def _until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work``. SIGINT and SIGTERM cancel it once; it then cleans up in peace."""
    doing = asyncio.create_task(work)
    was_interrupted = False

    def interrupt() -> None:
        nonlocal was_interrupted
        if not was_interrupted:
            was_interrupted = True
            doing.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, interrupt)
    try:
        await doing
    except asyncio.CancelledError:
        raise Interrupted from None


async def _make(place: Any, order: dict[str, Any], film: Path) -> None:
    began = time.monotonic()
    async with place as (access, failing), ApiClient(access.url, access.username, access.password) as client:
        await client.sign_in(may_register=access.may_register)
        making = asyncio.create_task(_order_and_follow(client, order))
        try:
            await asyncio.wait({making, failing}, return_when=asyncio.FIRST_COMPLETED)
            if failing.done() and failing.exception():
                making.cancel()
                await asyncio.gather(making, return_exceptions=True)
                failing.result()
            task = await making
        except asyncio.CancelledError:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
            raise
        if task.state is not TaskState.COMPLETED:
            raise _failure(task)
        manifest = await _bring(client, task.task_id, film)
    say(_summary(manifest, film, time.monotonic() - began))


def _summary(manifest: ManifestView, film: Path, seconds: float) -> str:
    length = f"{manifest.film_duration_s:.1f} s of film, " if manifest.film_duration_s else ""
    reasons = dict.fromkeys(file.degraded for file in manifest.artifacts if file.degraded)
    degraded = f" (degraded: {'; '.join(reasons)[:300]}: see manifest.json)" if manifest.is_degraded else ""
    size_mb = film.stat().st_size / 1e6
    return f"{manifest.title}: {length}{size_mb:.1f} MB, made in {seconds:.1f} s → {film}{degraded}"


async def _order_and_follow(client: ApiClient, order: dict[str, Any]) -> TaskView:
    """Order the film and show its progress to the end. Cancels the task when it is cancelled itself."""
    task_id = await client.create(order)
    moved = asyncio.Event()
    listening = asyncio.create_task(_listen(client, task_id, moved))
    try:
        with board(console) as shown:
            await client.execute(task_id)
            return await _follow(client, task_id, moved, shown)
    except asyncio.CancelledError:
        with suppress(ApiRefused, httpx.HTTPError):
            await client.cancel(task_id)
        raise
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(client: ApiClient, task_id: int, moved: asyncio.Event) -> None:
    async for event in client.events():
        if event.get("task_id") == task_id:
            moved.set()


async def _follow(client: ApiClient, task_id: int, moved: asyncio.Event, shown: Board) -> TaskView:
    while True:
        moved.clear()
        task = await client.task(task_id)
        shown.show(task)
        if task.state in ENDED:
            return task
        await asyncio.sleep(LOOK_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_LOOK_S - LOOK_S):
                await moved.wait()


async def _bring(client: ApiClient, task_id: int, film: Path) -> ManifestView:
    """Put the film and what belongs to it in their places, the film last."""
    whole = await client.manifest(task_id)
    manifest = ManifestView.model_validate(whole)
    await client.download(manifest.file("script"), film.with_name("script_data.json"))
    await client.download(manifest.file("captions", "application/x-subrip"), film.with_suffix(".srt"))
    await client.download(manifest.file("captions", "text/vtt"), film.with_suffix(".vtt"))
    for file in manifest.artifacts:
        if file.role in BESIDE or (file.role, file.mime) == ("captions", "text/x-ssa"):
            await client.download(
                file, film.with_name(film.stem + PurePosixPath(file.path).name.removeprefix("output"))
            )
    film.with_name("manifest.json").write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8")
    await client.download(manifest.file("film"), film)
    return manifest


def _failure(task: TaskView) -> StackError:
    failed = [stage.name for stage in task.stages if stage.state == "failed"]
    where = f"the {failed[0]} stage" if failed else "the task"
    if task.state is TaskState.CANCELLED:
        return StackError(f"task {task.task_id} was cancelled by somebody else", "start it again")
    if task.problem is None:
        return StackError(f"{where} failed", "see the logs of the stack")
    known = task.problem.remedy or "do what the message says"
    remedy = "try again" if task.problem.is_retryable else f"{known}, then try again"
    return StackError(f"{where} failed: {task.problem.message} ({task.problem.code})", f"{remedy}; the logs say more")


def _target(out: Path) -> Path:
    """The film's file, in a folder that exists."""
    film = out.absolute()
    if film.suffix.lower() != ".mp4":
        raise StackError(f"{out} is not the name of an .mp4 file", "give one, such as --out out/film.mp4")
    try:
        film.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(f"{film.parent} cannot be made: {error.strerror}", "give another --out") from error
    if film.is_dir():
        raise StackError(f"{film} is a folder", "give the name of a file")
    return film


@asynccontextmanager
async def _elsewhere(access: Access) -> "AsyncIterator[tuple[Access, asyncio.Future[None]]]":
    yield access, asyncio.get_running_loop().create_future()


@asynccontextmanager
async def _local(folder: Path) -> "AsyncIterator[tuple[Access, asyncio.Future[None]]]":
    """The stack that runs in the folder, or one that is started for this command. The future fails when it does."""
    known = StackFolder(folder)
    if known.is_locked:
        url = await _running_url(known)
        say(f"using the stack at {url}")
        yield _local_access(url, known), asyncio.get_running_loop().create_future()
        return
    began = time.monotonic()
    stack = Stack(folder, say=say)
    try:
        await stack.begin()
        say(f"starting the stack; its logs are in {stack.folder.path / 'logs'}")
        whole = asyncio.create_task(_whole(stack, began))
        try:
            await stack.wait_ready("api", "notifier")
            yield _local_access(stack.url, stack.folder), whole
        finally:
            whole.cancel()
            await asyncio.gather(whole, return_exceptions=True)
    finally:
        await stack.stop()


async def _whole(stack: Stack, began: float) -> None:
    await stack.wait_ready()
    say(f"the stack is ready after {time.monotonic() - began:.1f} s at {stack.url}")
    await asyncio.Event().wait()


async def _running_url(folder: StackFolder) -> str:
    try:
        async with asyncio.timeout(OTHER_STACK_S):
            while not (folder.state().is_ready and folder.state().url):  # noqa: ASYNC110 (another process's event)
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise StackError(
            f"the stack in {folder.path} (pid {folder.state().pid}) is not ready",
            "see its logs, or name another folder with --dir",
        ) from None
    return folder.state().url


def _local_access(url: str, folder: StackFolder) -> Access:
    made = folder.secrets()
    return Access(url, made.user_name, made.user_password, may_register=True)
