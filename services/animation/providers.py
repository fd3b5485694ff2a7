"""Who can set a picture in motion: the protocol of the animation stage's providers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from schemas import AnimationRequested
from talestream.made_by import Parameter

Progress = Callable[[float, str], None]
"""Tells how far it is, 0 to 1, with a short note."""


@dataclass(frozen=True)
class Animated:
    """What was made, beside its file."""

    provider: str
    """Who made it, by name: where one stands in for another, the one that did."""
    model: str
    duration_s: float
    seed: int | None = None
    cost: float | None = None
    """Estimated, in the operator's currency."""
    revision: str | None = None
    """Of the model, where it has several."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """How the model was run."""
    degraded: str | None = None
    """Why this is not what was asked for; None when it is."""


class Animator(Protocol):
    """Sets pictures in motion."""

    name: str

    def animate(self, request: AnimationRequested, picture: Path, target: Path, progress: Progress) -> Animated:
        """Make a moving picture that begins with ``picture``, of any format that Pillow reads, and write it to
        ``target`` as MP4, of about the requested shape and length; whoever shows it scales and crops it.

        Blocking; calls ``check_cancelled()`` between its steps. StageError when it cannot.
        """
        ...
