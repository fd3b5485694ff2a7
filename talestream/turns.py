"""Whose turn is next: of which partitions a worker asks for a message.

One whose message was withheld has its turn last (:mod:`talestream.dead_letter_limit`): the one message that is tried
after a pause is to be another, as long as there is any.
"""

from collections.abc import Collection, Set

from aiokafka import TopicPartition

NOWHERE = TopicPartition("", 0)
"""Asked while nothing is assigned: aiokafka gives nothing then, and raises what keeps its group from an assignment.
Asked for all partitions, it would wait for an assignment and give the first message of any of them."""
LAST_CHOICE_POLLS = 4
"""Polls without a message after which one that was withheld is tried again."""


class Turns:
    """What one worker remembers of its partitions."""

    def __init__(self) -> None:
        self._withheld: set[TopicPartition] = set()
        """Partitions whose next message was withheld since the last success."""
        self._idle_polls = 0

    def withheld(self, place: TopicPartition) -> None:
        """The next message of a partition was withheld."""
        self._withheld.add(place)

    def all_is_well(self) -> None:
        """Nothing is withheld any more."""
        self._withheld.clear()

    def taken(self) -> None:
        """There was a message, or there is no room for one."""
        self._idle_polls = 0

    def next(self, assigned: Set[TopicPartition], busy: Collection[TopicPartition]) -> set[TopicPartition]:
        """Whom to ask in a poll, of the partitions that are assigned; ``busy`` are those that gave one already."""
        if not assigned:
            return {NOWHERE}
        free = set(assigned).difference(busy)
        self._idle_polls += 1
        return free if self._idle_polls > LAST_CHOICE_POLLS else free - self._withheld
