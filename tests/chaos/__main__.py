"""``make chaos``: kill anything, at any moment, then count from outside. Ends with 1 unless every
count is 0 and as much was done as was promised.
"""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.chaos.counting import count
from tests.chaos.plan import SHORT, Size
from tests.chaos.promise import falls_short
from tests.chaos.report import print_report
from tests.chaos.run import Outcome, run


def main() -> int:
    """Run with the seed that was asked for, or a new one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=os.environ.get("CHAOS_SEED") or None, help="replay a run's plan")
    parser.add_argument("--short", action="store_true", help="a run of two minutes")
    parser.add_argument("--keep", type=Path, default=None, help="run in this folder and leave logs and data there")
    arguments = parser.parse_args()
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of brokers that are away there is no end here
    console = Console(file=sys.stdout)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    console.print(f"seed {seed}", highlight=False)
    with tempfile.TemporaryDirectory(prefix="talestream-chaos-", ignore_cleanup_errors=True) as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        size = SHORT if arguments.short else Size()
        outcome = asyncio.run(_until_told_to_end(run(seed, size, folder, say)))
    findings = count(outcome.evidence)
    print_report(outcome, findings, console)
    return 1 if any(findings.values()) or falls_short(outcome) else 0


async def _until_told_to_end(running: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Run; SIGTERM cancels it, so that nothing of it stays: no process and no mounted disk."""
    task = asyncio.ensure_future(running)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


if __name__ == "__main__":
    sys.exit(main())
