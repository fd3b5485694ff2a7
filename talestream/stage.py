"""What a stage's author sees: the ``@stage`` declaration and the :class:`StageContext` of one attempt.

Claiming, fencing, retries, cancellation, commits, events, metrics and traces are the runner's.
"""

import asyncio
import hashlib
import mimetypes
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, get_type_hints

from schemas import Artifact, Record, Request, Seed, StageSpec, unit_key
from talestream import cancellation, running_unit
from talestream.kept_work import KeptWork, PieceStore
from talestream.paid_job import Cancel, PaidJob, Submit
from talestream.running_unit import RunningUnit
from talestream.settings import Price

Q = TypeVar("Q", bound=Request)
R = TypeVar("R", bound=Record)
T = TypeVar("T")
A = ParamSpec("A")


class ObjectStore(PieceStore, Protocol):
    """Where artifacts are kept. :class:`talestream.blobs.Blobs` in services; a folder in a stage's unit tests."""

    async def get(self, uri: str) -> bytes:
        """The object's bytes. StageError ``missing-object`` when it is not there."""
        ...


class ProviderSource(Protocol):
    """Where providers come from: :class:`talestream.providers.Providers`."""

    def get(self, stage: str, name: str | None) -> Any:
        """The provider of that name for the stage (None: the configured default), created once a process."""
        ...


@dataclass(frozen=True)
class Fallback:
    """That a provider does what another was to do."""

    instead_of: str
    """Who was to do it, by name."""
    why: str
    """The label of what is made: by whom, and what the other could not."""


@dataclass
class StageContext:
    """What one attempt of one unit may use. Can be built by hand in a test."""

    request: Request
    store: ObjectStore
    providers: ProviderSource
    workdir: Path
    """A folder of this attempt alone, removed afterwards."""
    object_prefix: str = "generated_stories/0/.attempts/0"
    """Where this attempt's own objects lie in the bucket."""
    kept_prefix: str = "generated_stories/0/.kept/0"
    """Where pieces of work on the task lie that later attempts, and units of the same providers, take over."""
    public_prefix: str = "generated_stories/0"
    """Where copies of accepted artifacts appear."""
    on_progress: Callable[[float, str], None] = lambda _fraction, _note: None
    cancelled: threading.Event = field(default_factory=threading.Event)
    artifacts: list[Artifact] = field(default_factory=list)
    """What this attempt has stored so far, in order."""
    paid_job: PaidJob | None = None
    """The unit's job at a provider; None: one that this attempt alone remembers."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """What the stage's providers cost, by name."""
    stand_in: str | None = None
    """Why what the provider makes is no real thing: the label of every artifact. Known once the provider is."""
    fallback: Fallback | None = None
    """Set when another provider was to do the unit and could not."""

    def __post_init__(self) -> None:
        self._paid_job = self.paid_job or PaidJob(self.request)
        self._kept = KeptWork(self.store, self.kept_prefix)
        self._work_s = 0.0
        """How long blocking work ran since the last artifact."""
        self._has_paid_unit = False

    def provider(self, protocol: type[T]) -> T:
        """The provider that the request names, or the configured default, as the stage's protocol.

        A provider that stands in for the real thing says why in its attribute ``degraded``.
        """
        found: T = self.providers.get(self.request.provider_stage(), self.request.provider)
        self.stand_in = getattr(found, "degraded", None)
        return found

    def handed_to(self, provider: str, fallback: Fallback | None = None) -> "StageContext":
        """What this provider may use for the same unit in the same attempt. The artifacts that it stores are its own.

        With a ``fallback`` its progress and every artifact say in whose stead it works.
        """
        told = self.on_progress
        if fallback is not None:
            in_stead = f"{provider} instead of {fallback.instead_of}"
            self.on_progress(0.0, in_stead)

        def tell(fraction: float, note: str) -> None:
            told(fraction, f"{in_stead}: {note}" if note else in_stead)

        return replace(
            self,
            request=self.request.model_copy(update={"provider": provider}),
            paid_job=self._paid_job,
            artifacts=[],
            on_progress=told if fallback is None else tell,
            fallback=fallback,
        )

    @property
    def job_holder(self) -> str | None:
        """Who has a job of this unit, under way or done."""
        stored = self._paid_job.stored
        return stored.provider if stored else None

    async def job(self, provider: str, submit: Submit, cancel: Cancel | None = None) -> str:
        """The id of the provider's job that does this unit's work: of the one that an earlier attempt submitted, else
        of a new one, stored before this returns. A provider that blocks asks ``this_unit()`` for the same.

        ``submit`` gets an idempotency key. ``cancel`` is called with the id when the job is not wanted any more: the
        task was cancelled or the unit's time is over. Cancelled when the attempt no longer holds the unit.
        """
        return await self._paid_job.obtain(provider, submit, cancel)

    def job_delivered(self) -> None:
        """For a provider that has what its job made: a time-out after this does not give the job up."""
        self._paid_job.deliver()

    async def forget_job(self) -> None:
        """For a provider whose job failed or is unknown: the next attempt submits anew."""
        await self._paid_job.forget()

    async def put(
        self,
        path: str,
        data: bytes | Path,
        *,
        role: str,
        mime: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        revision: str | None = None,
        seed: Seed | None = None,
        parameters: Mapping[str, str | int | float | bool] | None = None,
        cost: float | None = None,
        degraded: str | None = None,
    ) -> Artifact:
        """Store one artifact under ``path``, relative to the task (``image/p1.png``).

        With a ``provider`` it is told how long blocking work ran since the artifact before, and what that costs by the
        configured prices, unless the provider says so itself by ``cost``.
        """
        content = data if isinstance(data, bytes) else await asyncio.to_thread(data.read_bytes)
        mime = mime or mimetypes.guess_type(path)[0] or "application/octet-stream"
        work_s = self._take_work_s() if provider else None
        if cost is None and provider and work_s is not None:
            cost = self._cost(provider, work_s)
        uri = await self.store.put(f"{self.object_prefix}/{path}", data, mime)
        artifact = Artifact(
            uri=uri,
            path=f"{self.public_prefix}/{path}",
            role=role,
            mime=mime,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            provider=provider,
            model=model,
            revision=revision,
            seed=seed,
            parameters=parameters,
            work_s=work_s,
            cost=cost,
            degraded=self._label(degraded or self.stand_in),
            instead_of=self.fallback.instead_of if self.fallback else None,
        )
        self.artifacts.append(artifact)
        return artifact

    async def get(self, uri: str) -> bytes:
        """The bytes behind a URI of the request."""
        return await self.store.get(uri)

    async def fetch(self, uri: str, name: str) -> Path:
        """Bring the object behind a URI of the request into the work folder, under ``name``."""
        target = self.workdir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        await self.store.fetch(uri, target)
        return target

    def progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the unit is, 0 to 1. Cheap and safe to call from any thread; passed on at most once a second."""
        self.on_progress(min(1.0, max(0.0, fraction)), note)

    async def in_thread(self, work: Callable[A, T], /, *args: A.args, **kwargs: A.kwargs) -> T:
        """Run blocking work in a thread. When the unit is cancelled, the work's next ``check_cancelled()`` raises, and
        this waits for that, so that nothing of a cancelled attempt runs on.
        """
        context, loop = copy_context(), asyncio.get_running_loop()
        context.run(cancellation.bind, self.cancelled)
        unit = RunningUnit(self.request, self._paid_job, self._kept, self.progress, self.cancelled, loop)
        context.run(running_unit.bind, unit)
        running = loop.run_in_executor(None, lambda: context.run(work, *args, **kwargs))
        began_s = time.monotonic()
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self.cancelled.set()
            await asyncio.gather(running, return_exceptions=True)
            raise
        finally:
            self._work_s += time.monotonic() - began_s

    def _label(self, stand_in: str | None) -> str | None:
        why = self.fallback.why if self.fallback else None
        return "; ".join(filter(None, (why, stand_in))) or None

    def _take_work_s(self) -> float:
        work_s, self._work_s = self._work_s, 0.0
        return round(work_s, 3)

    def _cost(self, provider: str, work_s: float) -> float | None:
        """What the work costs; the price of the unit goes to its first artifact. None where there is no price."""
        price = self.prices.get(provider)
        if price is None:
            return None
        once = 0.0 if self._has_paid_unit else price.per_unit
        self._has_paid_unit = True
        return round(work_s * price.per_second + once, 6)


Handler = Callable[[Q, StageContext], Awaitable[R]]


@dataclass(frozen=True)
class Stage(Generic[Q, R]):
    """A stage: what it consumes, what it gives, its limits, and the function that does the work."""

    name: str
    consumes: type[Q]
    gives: type[R]
    handler: Handler[Q, R]
    limits: StageSpec
    """What this declaration says of attempts and time; what it leaves out is configured."""
    slots: int

    @property
    def provider_stage(self) -> str:
        """The stage whose providers do the work."""
        return self.consumes.provider_stage()

    async def __call__(self, request: Q, ctx: StageContext) -> R:
        return await self.handler(request, ctx)


def stage(
    name: str,
    *,
    consumes: type[Q],
    attempts: int | None = None,
    timeout: timedelta | None = None,
    slots: int = 1,
) -> Callable[[Handler[Q, R]], Stage[Q, R]]:
    """Declare a stage. ``slots`` is how many units one process runs at a time; the result type is the annotation's.

    ``attempts`` and ``timeout`` hold for orders that come in by topic, None being what is configured for all; a task's
    workflow carries its own.
    """

    def declare(handler: Handler[Q, R]) -> Stage[Q, R]:
        gives = get_type_hints(handler)["return"]
        declared = {"attempts": attempts, "timeout_s": timeout.total_seconds() if timeout else None}
        limits = StageSpec(name=name, **{limit: value for limit, value in declared.items() if value is not None})
        return Stage(name, consumes, gives, handler, limits, slots)

    return declare


def unit_name(request: Request) -> str:
    """The unit of a request as it is logged: ``whole`` or the page's number."""
    return unit_key(getattr(request, "page", None))
