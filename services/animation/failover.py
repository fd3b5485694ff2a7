"""The provider ``cloud``: services asked in the configured order, the next where one cannot do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from schemas import AnimationRequested
from services.animation.pika import pika
from services.animation.providers import Animated, Animator, Progress
from services.animation.runway import runway
from talestream.errors import WHOEVER_IS_ASKED, ProviderUnavailable, StageError
from talestream.running_unit import this_unit
from talestream.settings import settings
from talestream.telemetry import logger

NAME = "cloud"

_SERVICES: Mapping[str, Callable[[], Animator]] = {"runway": runway, "pika": pika}
_log = logger(__name__)


class Failover:
    """Asks one animator after the other. What another than the first made is labelled."""

    name = NAME
    is_paid = True

    def __init__(self, animators: Sequence[Animator]) -> None:
        """In the order in which they are asked; at least one."""
        self._animators = tuple(animators)

    @property
    def services(self) -> tuple[str, ...]:
        """Whose jobs may be under way for this provider."""
        return tuple(animator.name for animator in self._animators)

    def animate(self, request: AnimationRequested, picture: Path, target: Path, progress: Progress) -> Animated:
        """See :class:`services.animation.providers.Animator`. The last animator's error when none can.

        A job that is under way, or done, is never left for another service: it is paid for.
        """
        unit, why = this_unit(), None
        for animator in self._in_turn(unit.paid_job.stored.provider if unit.paid_job.stored else None):
            try:
                made = animator.animate(request, picture, target, progress)
            except StageError as error:
                if (
                    error.code in WHOEVER_IS_ASKED
                    or unit.paid_job.stored is not None
                    or animator is self._animators[-1]
                ):
                    raise
                _log.warning("a service cannot do it; the next is asked", service=animator.name, reason=error.message)
                why = f"{animator.name} could not: {error.code}"
            else:
                return made if animator is self._animators[0] else replace(made, degraded=self._label(made, why))
        raise AssertionError("the last animator gives something or raises")

    def _in_turn(self, holder: str | None) -> Sequence[Animator]:
        """From the service that has a job of this unit on, else from the first."""
        names = self.services
        return self._animators[names.index(holder) :] if holder in names else self._animators

    def _label(self, made: Animated, why: str | None) -> str:
        reason = why or f"{self._animators[0].name} could not, in an earlier attempt"
        return f"made by {made.provider}, because {reason}"


def cloud() -> Failover:
    """The provider ``cloud`` of the animation stage: those of the configured order that have a key.

    ProviderUnavailable when none has, or an unknown one is named.
    """
    animators: list[Animator] = []
    reasons: list[str] = []
    for name in settings().cloud_video.order:
        if name not in _SERVICES:
            known = ", ".join(_SERVICES)
            raise ProviderUnavailable(f"TALESTREAM_CLOUD_VIDEO__ORDER names {name!r}; there are: {known}")
        try:
            animators.append(_SERVICES[name]())
        except ProviderUnavailable as error:
            reasons.append(f"{error.message} ({error.remedy})")
    if not animators:
        raise ProviderUnavailable("; ".join(reasons) or "TALESTREAM_CLOUD_VIDEO__ORDER names nobody")
    return Failover(animators)
