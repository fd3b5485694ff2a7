"""``talestream up``: the stack stays."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from talestream.assets import assets_folder, default_folder
from talestream.cli.console import problems_end_the_command, say
from talestream.cli.story import STACK_FOLDER
from talestream.embedded.setup import set_up
from talestream.embedded.stack import Stack

app = typer.Typer()


@app.command()
def up(
    folder: Annotated[Path | None, typer.Option("--dir", help="Folder of the stack: data, logs, secrets")] = None,
    redis: Annotated[bool, typer.Option("--redis", help="Also run Redis, and pass notifications on to it")] = False,
) -> None:
    """Run the whole stack on this machine until Ctrl-C."""
    with problems_end_the_command():
        set_up(assets_folder(), say)
        asyncio.run(_stay(Stack(folder or default_folder(STACK_FOLDER), with_redis=redis, say=say)))


async def _stay(stack: Stack) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    began = time.monotonic()
    starting = asyncio.create_task(stack.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return
    try:
        await starting
        say(f"Talestream is ready after {time.monotonic() - began:.1f} s")
        for name, value in _account(stack).items():
            say(f"  {name:<8} {value}")
        say("Ctrl-C stops everything")
        await stopping
        say("stopping")
    finally:
        stopping.cancel()
        await stack.stop()


def _account(stack: Stack) -> dict[str, str]:
    configured, folder = stack.settings, stack.folder.path
    redis = {"Redis": configured.redis_url.get_secret_value()} if configured.redis_url else {}
    return {
        "API": stack.url,
        "docs": f"{stack.url}/docs",
        "Kafka": configured.kafka.bootstrap,
        **redis,
        "data": str(folder / "data"),
        "logs": str(folder / "logs"),
        "secrets": f"{folder / 'secrets.json'} (yours alone)",
    }
