"""An animator far away: orders a job, waits until it is over, and brings and checks what it made.

The job's id is stored before it is waited for. A worker that takes the unit over finds it and asks for that job, also
when it is over by then; a job is ordered anew only when its service says that it failed, is gone, or is too old.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from schemas import AnimationRequested
from services.animation.download import OutputGone, download
from services.animation.picture_uri import picture_uri
from services.animation.providers import Animated, Progress
from services.animation.video_file import checked
from talestream.cloud_video_settings import CloudVideoSettings
from talestream.errors import StageError
from talestream.job_callbacks import callback_url
from talestream.metrics import PAID_COST, PAID_JOBS
from talestream.running_unit import RunningUnit, this_unit

WAITED_SHARE = 0.9
"""Of the progress: waiting for the job. The rest is fetching what it made."""
LENGTHS_S = (5, 10)
"""What services make."""
ENDED_IN_VAIN = frozenset({"job-gone", "job-failed", "job-overdue", "content-refused", "bad-output", "output-gone"})
"""Codes of errors after which a job is worth nothing: the next attempt orders another."""


class JobGone(StageError):
    """The service knows the job no more."""

    def __init__(self, service: str, job_id: str) -> None:
        super().__init__("job-gone", f"{service} has no job {job_id} any more", retryable=True)


@dataclass(frozen=True)
class JobState:
    """How a job stands."""

    note: str
    """In the service's own word."""
    progress: float = 0.0
    """0 to 1; 0 where the service does not tell."""
    video_url: str | None = None
    """Set when it is over and made something."""
    failure: StageError | None = None
    """Set when it is over and made nothing."""


class CloudService(Protocol):
    """One service's interface, in its own words. Blocking; each method raises StageError when it is refused."""

    name: str
    model: str
    most_picture_bytes: int
    """Of the picture as a data URI."""

    def submit(self, request: AnimationRequested, picture: str, callback: str | None) -> str:
        """Order the job, with the picture as a data URI; its id."""
        ...

    def look(self, job_id: str) -> JobState:
        """How the job stands. JobGone when it is unknown."""
        ...

    def cancel(self, job_id: str) -> None:
        """Say that nobody wants it any more. No error when it is over or unknown."""
        ...

    def cost(self, request: AnimationRequested) -> float:
        """What the job costs, as estimated by the list price."""
        ...


def length_s(request: AnimationRequested) -> int:
    """The length that comes nearest to the order's, in seconds."""
    return min(LENGTHS_S, key=lambda length: abs(length - request.duration_s))


class CloudAnimator:
    """Sets pictures in motion by one service."""

    is_paid = True

    def __init__(self, service: CloudService, settings: CloudVideoSettings, *, is_https_only: bool) -> None:
        """``is_https_only``: whether what is made is fetched by HTTPS alone, as it must be from the internet."""
        self.name = service.name
        self._service = service
        self._settings = settings
        self._is_https_only = is_https_only

    def animate(self, request: AnimationRequested, picture: Path, target: Path, progress: Progress) -> Animated:
        """See :class:`services.animation.providers.Animator`."""
        unit, service = this_unit(), self._service
        job_id = unit.job(self.name, self._submission(request, picture), service.cancel)
        try:
            made = self._wait(unit, job_id, lambda share, note: progress(WAITED_SHARE * share, note))
            unit.job_delivered()
            try:
                self._bring(made, target)
            except OutputGone:  # addresses of what was made end after a day; asking again gives another
                self._bring(self._service.look(job_id), target)
            video = checked(target, self.name)
        except StageError as error:
            if error.code in ENDED_IN_VAIN:
                unit.forget_job()
            raise
        progress(1.0, self.name)
        return Animated(self.name, service.model, video.duration_s, request.seed, service.cost(request))

    def _submission(self, request: AnimationRequested, picture: Path) -> Callable[[str], str]:
        service, configured = self._service, self._settings

        def submit(_key: str) -> str:
            callback = None
            if configured.callback_url is not None and configured.callback_secret is not None:
                callback = callback_url(str(configured.callback_url), configured.callback_secret, request)
            job_id = service.submit(request, picture_uri(picture, service.most_picture_bytes), callback)
            PAID_JOBS.labels(self.name).inc()
            PAID_COST.labels(self.name).inc(service.cost(request))
            return job_id

        return submit

    def _wait(self, unit: RunningUnit, job_id: str, progress: Progress) -> JobState:
        """How the job stands when it has made something. StageError when it comes to nothing."""
        while True:
            state = self._service.look(job_id)
            if state.failure is not None:
                raise state.failure
            if state.video_url is not None:
                return state
            progress(state.progress, f"{self.name}: {state.note}")
            self._give_up_in_time(unit, job_id)
            unit.await_news(self._settings.poll_s)

    def _give_up_in_time(self, unit: RunningUnit, job_id: str) -> None:
        stored = unit.paid_job.stored
        if stored is None or (datetime.now(UTC) - stored.submitted_at).total_seconds() < self._settings.job_s:
            return
        self._service.cancel(job_id)
        raise StageError(
            "job-overdue", f"{self.name} had not finished job {job_id} after {self._settings.job_s:g} s", retryable=True
        )

    def _bring(self, made: JobState, target: Path) -> None:
        if made.video_url is None:
            raise made.failure or StageError("job-failed", f"{self.name} has lost what it made", retryable=True)
        download(
            made.video_url,
            target,
            service=self.name,
            most_bytes=self._settings.max_bytes,
            call_s=self._settings.call_s,
            is_https_only=self._is_https_only,
        )
