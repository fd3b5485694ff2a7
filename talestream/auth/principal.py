"""Who makes a call, as the domain sees it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """The owner for whom a call is made. What it made is seen by it alone."""

    owner: str
    """As it stands in task documents and events: ``user:7``, ``anonymous``."""

    @classmethod
    def of_user(cls, user_id: int) -> "Principal":
        """A signed-in user."""
        return cls(owner_of(user_id))


def owner_of(user_id: int) -> str:
    """The owner string of a user."""
    return f"user:{user_id}"
