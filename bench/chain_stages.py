"""Five stages in a row that do nothing, a stage that does nothing for each page, and one process that runs one of them.

    python -m bench.chain_stages link-1

What is measured with them is the runner alone. Settings come from the environment, as for any service.
"""

import sys
from typing import Any, Self

from schemas import PageRequest, Record, Request, StageSpec, Task, Workflow
from talestream.stage import Stage, StageContext, stage
from talestream.worker_process import run

LINKS = tuple(f"link-{number}" for number in range(1, 6))
CHAIN = Workflow(
    name="chain",
    stages=tuple(
        StageSpec(name=name, segment=number, needs=LINKS[number - 2 : number - 1])
        for number, name in enumerate(LINKS, start=1)
    ),
)


class Linked(Record):
    """What a stage of the chain gives: nothing but that it was there."""

    link: str


def _declare(link: str) -> "Stage[Any, Linked]":
    class LinkRequested(Request):
        """An order to do nothing."""

        stage = link

        @classmethod
        def of(cls, task: Task, page: int | None, attempt: int) -> Self:
            return cls(task_id=task.id, attempt=attempt)

    @stage(link, consumes=LinkRequested, slots=8)
    async def pass_on(request: LinkRequested, ctx: StageContext) -> Linked:
        return Linked(link=link)

    return pass_on


class LeafRequested(PageRequest):
    """An order to do nothing for one page."""

    stage = "leaf"

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        return cls(task_id=task.id, page=page or 1, attempt=attempt)

    @classmethod
    def units_of(cls, task: Task) -> tuple[int | None, ...]:
        return tuple(range(1, int(task.order.topic) + 1))


@stage("leaf", consumes=LeafRequested, slots=4)
async def turn(request: LeafRequested, ctx: StageContext) -> Linked:
    """Give as much as the description of a picture."""
    return Linked(link="leaf " * 60)


LEAVES = Workflow(name="leaves", stages=(StageSpec(name="leaf", segment=1),))
STAGES = {**{link: _declare(link) for link in LINKS}, "leaf": turn}


if __name__ == "__main__":
    run(STAGES[sys.argv[1]])
