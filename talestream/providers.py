"""Providers: who can do a stage's work. Found by entry points, chosen by configuration or per request.

A package offers one by an entry point in the group ``talestream.<stage>``; its value is a callable without arguments
that makes the provider. The provider itself loads weights lazily and keeps them warm. One that has something to load
may have a method ``warm_up()``, called in a thread when its worker starts; one that stands in for the real thing says
why in ``degraded``, the label of all that it makes; one that works on several units at once says in ``slots`` how many
a worker is to take; one whose work costs money says ``is_paid``, and one that has jobs of several services under way
names these in ``services``.

What is configured may be a chain, ``diffusers,embedded``: where the first cannot do a unit, the next does it
(:mod:`talestream.fallback`).
"""

import threading
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from talestream.errors import ProviderUnavailable, StageError
from talestream.settings import ALL_STAGES

DEFAULT = "embedded"
SEPARATOR = ","
"""Between the providers of a chain."""
INSTALL = "install it; Talestream's own providers need pip install 'talestream[embedded]', real models 'talestream[ml]'"


class Providers:
    """The providers of one process, each created once, at its first use."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._chosen = dict(chosen or {})
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def names(self, stage: str) -> tuple[str, ...]:
        """The installed providers of a stage, by name."""
        return tuple(sorted(self._entry_points(stage)))

    def default(self, stage: str) -> str:
        """The configured provider of a stage, of a chain the first."""
        return self.chain(stage)[0]

    def chain(self, stage: str, name: str | None = None) -> tuple[str, ...]:
        """Who may do an order, in turn: those that are configured, or the one that the order names, and nobody else.

        An order that names the chain as it is configured means the chain.
        """
        configured = _split(self._chosen.get(stage) or self._chosen.get(ALL_STAGES, "")) or (DEFAULT,)
        return configured if name is None or _split(name) == configured else (name,)

    def is_nobody_chosen(self, stage: str) -> bool:
        """Whether the stage has nobody: none is configured for it, and it has no default."""
        return self.chain(stage) == (DEFAULT,) and DEFAULT not in self._entry_points(stage)

    def get(self, stage: str, name: str | None = None) -> Any:
        """The provider of that name (None: the configured one). ProviderUnavailable says why there is none."""
        name = name or self.default(stage)
        with self._lock:
            if (stage, name) not in self._made:
                self._made[stage, name] = self._make(stage, name)
            return self._made[stage, name]

    def warm_up(self, stage: str, name: str | None = None) -> None:
        """Create a provider and let it load what it needs, so that the first order does not wait."""
        warm_up = getattr(self.get(stage, name), "warm_up", None)
        if warm_up is not None:
            warm_up()

    def slots(self, stage: str) -> int | None:
        """How many units at once the configured provider wants of a worker, of a chain the first that can be made.

        None: as the stage says.
        """
        for name in self.chain(stage):
            try:
                slots: int | None = getattr(self.get(stage, name), "slots", None)
            except StageError:  # each order will say why
                continue
            return slots
        return None

    def _make(self, stage: str, name: str) -> Any:
        installed = self._entry_points(stage)
        if name not in installed:
            known = ", ".join(sorted(installed)) or "none"
            if self.is_nobody_chosen(stage):
                raise ProviderUnavailable(f"no provider is configured for {stage}", remedy_of_nobody(stage, known))
            raise ProviderUnavailable(f"no {name!r} provider for {stage} is installed; installed: {known}")
        try:
            return installed[name].load()()
        except ImportError as error:
            raise ProviderUnavailable(
                f"the {name!r} provider for {stage} needs a package that is missing: {error}", INSTALL
            ) from error

    @staticmethod
    def _entry_points(stage: str) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=f"talestream.{stage}")}


def remedy_of_nobody(stage: str, installed: str) -> str:
    """What to do where nobody does a stage's work."""
    return f"set TALESTREAM_PROVIDERS__{stage.upper()} to one of: {installed}"


def _split(chosen: str) -> tuple[str, ...]:
    return tuple(name for part in chosen.split(SEPARATOR) if (name := part.strip()))
