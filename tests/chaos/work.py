"""The work that goes on while everything is killed: users who order tasks, follow them, and change their minds."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.chaos.user import Ordered, User

LOOK_S = 1.0
MOST_RETRIES = 12
AT_ONCE = 3
"""Tasks that one user has under way."""
CHANGES_MIND, WANTS_CHANGES = 0.15, 0.7
"""Below the first a user cancels, above the second they edit pages."""
WAITS_FOR_THE_FILM = 0.4
DELETES_WHAT_IS_CANCELLED = 0.5
HEROES = ("a fox", "a penguin", "a dragon", "an old robot", "一只小狐狸", "一条龙")


@dataclass
class Work:
    """All users' work. ``ordered`` tasks at least, and more for as long as :attr:`may_end` is not set."""

    users: list[User]
    least: int
    fields: dict[str, Any]
    """What every task is ordered with: its workflow, its pages."""
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    ended: set[int] = field(default_factory=set)

    @property
    def ordered(self) -> list[Ordered]:
        """Every task that was accepted."""
        return [ordered for user in self.users for ordered in user.ordered]

    def so_far(self) -> str:
        """How far everybody's work is, in a few words."""
        edits = sum(len(ordered.edits) for ordered in self.ordered)
        return f"{len(self.ended)} of {len(self.ordered)} tasks have ended, {edits} edits"

    async def run(self) -> None:
        """Order and follow until there is enough and everything has ended. Cancel it to stop waiting."""
        async with asyncio.TaskGroup() as group:
            for user in self.users:
                for _ in range(AT_ONCE):
                    group.create_task(self._keep_ordering(user))

    async def _keep_ordering(self, user: User) -> None:
        while not self.may_end.is_set() or len(self.ordered) < self.least:
            await self._see_through(user, f"{user.chance.choice(HEROES)} who counts to {len(user.ordered)}")

    async def _see_through(self, user: User, topic: str) -> None:
        ordered = await user.order(topic, **self.fields)
        whim = user.chance.random()
        patience = user.chance.randint(1, 8)
        edits = user.chance.randint(1, 3) if whim > WANTS_CHANGES else 0
        may_edit = {"completed"} if user.chance.random() < WAITS_FOR_THE_FILM else {"running", "completed"}
        for look in count():
            state = await user.state(ordered.task_id)
            if state is None:  # it is counted as lost
                return
            if look == patience and whim < CHANGES_MIND:
                await user.cancel(ordered)
            elif edits and look >= patience and state["state"] in may_edit:
                edits -= await user.edit(ordered, user.chance.randint(1, int(self.fields["page_count"])))
            elif state["state"] == "failed":
                if ordered.retries >= MOST_RETRIES:
                    return
                await user.retry(ordered)
            elif state["state"] == "cancelled" or (state["state"] == "completed" and not edits):
                self.ended.add(ordered.task_id)
                if state["state"] == "cancelled" and user.chance.random() < DELETES_WHAT_IS_CANCELLED:
                    await user.delete(ordered)
                return
            await asyncio.sleep(LOOK_S)
