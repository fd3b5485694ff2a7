"""Talking to a language model, wherever it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from talestream.made_by import Parameter


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Question:
    """A conversation, and what the model's next turn must be."""

    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    """JSON Schema of the answer. Whoever can holds the model to it; the answer is checked in any case."""
    seed: int
    """Equal questions with equal seeds are answered alike, where the model's server allows it."""


@dataclass(frozen=True)
class Reply:
    """What the model said."""

    text: str
    is_cut: bool = False
    """Whether it had more to say: it came to the end of what it may write."""


class ChatModel(Protocol):
    """A language model that follows instructions."""

    name: str
    """The provider's name."""
    model: str
    """The model's own name, for the manifest."""

    @property
    def revision(self) -> str | None:
        """The commit of the model, where it has one and that is known."""
        ...

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How it is asked, for the manifest."""
        ...

    def reply(self, question: Question, hear: Callable[[str], None]) -> Reply:
        """The model's next turn. Blocking; ``hear`` gets every stretch of it as it comes, a token or so at a time.

        Cancelled within one token of the unit's cancellation; StageError where the model cannot answer.
        """
        ...

    def warm_up(self) -> None:
        """Load what is to be loaded, so that the first question does not wait."""
        ...
