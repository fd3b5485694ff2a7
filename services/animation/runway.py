"""Runway: https://docs.dev.runwayml.com/api, in the version that the header ``X-Runway-Version`` names, 2024-11-06.

``POST /v1/image_to_video`` takes an order and answers its task's id; ``GET /v1/tasks/{id}`` tells how it stands, and no
more often than every five seconds anything new; ``DELETE /v1/tasks/{id}`` cancels it, or deletes what is over. What was
made lies at an address that ends within 24 to 48 hours; a task asked for again names another. The documentation knows
no callbacks and no idempotency keys. Statuses and failure codes are those of its pages "API Errors" and "Handle Task
Failures". A data URI may have 5 MB.
"""

from typing import Any

from schemas import AnimationRequested
from services.animation.cloud_animator import CloudAnimator, JobGone, JobState, length_s
from services.animation.cloud_calls import CloudCalls
from services.animation.cloud_errors import ContentRefused, Refused
from talestream.cloud_video_settings import CloudVideoSettings
from talestream.errors import ProviderUnavailable, StageError
from talestream.settings import settings

VERSION = "2024-11-06"
RATIOS = ("1280:720", "720:1280", "960:960", "1104:832", "832:1104", "1584:672")
MOST_PROMPT_UNITS = 1000
"""UTF-16 code units."""


class Runway:
    """See :class:`services.animation.cloud_animator.CloudService`."""

    name = "runway"
    most_picture_bytes = 5_000_000

    def __init__(self, key: str, configured: CloudVideoSettings) -> None:
        own = configured.runway
        self.model = own.model
        self._cost_per_s = own.cost_per_s
        headers = {"Authorization": f"Bearer {key}", "X-Runway-Version": VERSION}
        self._calls = CloudCalls(self.name, own.base_url, headers, configured)

    def submit(self, request: AnimationRequested, picture: str, _callback: str | None) -> str:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        order: dict[str, Any] = {
            "model": self.model,
            "promptImage": picture,
            "ratio": ratio(request.width, request.height),
            "duration": length_s(request),
            "seed": request.seed,
        }
        if text := prompt_text(request.prompt):
            order["promptText"] = text
        return str(self._calls.order("/v1/image_to_video", order)["id"])

    def look(self, job_id: str) -> JobState:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        try:
            task = self._calls.ask(f"/v1/tasks/{job_id}")
        except Refused as error:
            if error.status == 404:
                raise JobGone(self.name, job_id) from error
            raise
        note = str(task.get("status", "")).lower()
        match task:
            case {"status": "SUCCEEDED", "output": [str(url), *_]}:
                return JobState(note, 1.0, video_url=url)
            case {"status": "SUCCEEDED" | "FAILED" | "CANCELLED"}:
                return JobState(note, failure=self._failure(job_id, task))
            case {"progress": float() | int() as progress}:
                return JobState(note, min(max(float(progress), 0.0), 1.0))
        return JobState(note)

    def cancel(self, job_id: str) -> None:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        self._calls.tell("DELETE", f"/v1/tasks/{job_id}", unless=frozenset({404}))

    def cost(self, request: AnimationRequested) -> float:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        return round(length_s(request) * self._cost_per_s, 4)

    def _failure(self, job_id: str, task: dict[str, Any]) -> StageError:
        code = str(task.get("failureCode") or task.get("status"))
        said = f"{code}: {task.get('failure') or 'no reason given'}"
        if "SAFETY" in code.split("."):
            return ContentRefused(self.name, said)
        is_hopeless = code.startswith("ASSET.")
        return StageError("job-failed", f"{self.name} failed in job {job_id}: {said}", retryable=not is_hopeless)


def ratio(width: int, height: int) -> str:
    """The shape that comes nearest, as Runway writes it."""

    def distance(shape: str) -> float:
        across, down = map(int, shape.split(":"))
        return max(width * down / (height * across), height * across / (width * down))

    return min(RATIOS, key=distance)


def prompt_text(prompt: str) -> str:
    """As much of the prompt as is taken, cut between characters."""
    units = prompt.strip().encode("utf-16-le", "replace")[: 2 * MOST_PROMPT_UNITS]
    return units.decode("utf-16-le", "ignore")


def runway() -> CloudAnimator:
    """The provider ``runway`` of the animation stage. ProviderUnavailable without a key."""
    configured = settings().cloud_video
    if configured.runway.api_key is None:
        raise ProviderUnavailable(
            "runway is off: it has no key", "set TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY to a key of dev.runwayml.com"
        )
    service = Runway(configured.runway.api_key.get_secret_value(), configured)
    return CloudAnimator(service, configured, is_https_only=configured.runway.base_url.startswith("https:"))
