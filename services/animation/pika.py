"""Pika, which offers its models to programs by fal: https://docs.fal.ai, its pages "Queue" and "Webhooks", and the
schema of ``fal-ai/pika/v2.2/image-to-video``, as they were in 2026; fal's queue has no version to name.

``POST /{model}`` on queue.fal.run takes an order and answers its ``request_id``. Under
``/{owner}/{app}/requests/{id}``, the model's id without its sub-path, ``GET …/status`` tells how it stands, ``GET …``
gives what was made or why nothing was, and ``PUT …/cancel`` cancels it: 202 when it does, 400 when it is over. With
``fal_webhook`` in the query of the order, fal calls back when it is over, and again for two hours where nobody answers.
fal documents no idempotency keys.
"""

from schemas import AnimationRequested
from services.animation.cloud_animator import CloudAnimator, JobGone, JobState, length_s
from services.animation.cloud_calls import CloudCalls
from services.animation.cloud_errors import ContentRefused, Refused
from talestream.cloud_video_settings import CloudVideoSettings
from talestream.errors import ProviderUnavailable, StageError
from talestream.settings import settings

NOTHING_TO_CANCEL = frozenset({400, 404})


class Pika:
    """See :class:`services.animation.cloud_animator.CloudService`."""

    name = "pika"
    most_picture_bytes = 7_000_000

    def __init__(self, key: str, configured: CloudVideoSettings) -> None:
        own = configured.pika
        self.model = own.model
        self._resolution = own.resolution
        self._cost_per_s = own.cost_per_s
        self._requests = "/" + "/".join(own.model.split("/")[:2]) + "/requests"
        self._calls = CloudCalls(self.name, own.base_url, {"Authorization": f"Key {key}"}, configured)

    def submit(self, request: AnimationRequested, picture: str, callback: str | None) -> str:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        order = {
            "image_url": picture,
            "prompt": request.prompt,
            "resolution": self._resolution,
            "duration": length_s(request),
            "seed": request.seed,
        }
        params = {} if callback is None else {"fal_webhook": callback}
        return str(self._calls.order(f"/{self.model}", order, params)["request_id"])

    def look(self, job_id: str) -> JobState:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        try:
            state = self._calls.ask(f"{self._requests}/{job_id}/status")
        except Refused as error:
            if error.status == 404:
                raise JobGone(self.name, job_id) from error
            raise
        note = str(state.get("status", "")).lower().replace("_", " ")
        if note != "completed":
            return JobState(note)
        if state.get("error"):
            return JobState(note, failure=self._failure(job_id, str(state["error"]), is_hopeless=False))
        return self._result(job_id, note)

    def cancel(self, job_id: str) -> None:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        self._calls.tell("PUT", f"{self._requests}/{job_id}/cancel", unless=NOTHING_TO_CANCEL)

    def cost(self, request: AnimationRequested) -> float:
        """See :class:`services.animation.cloud_animator.CloudService`."""
        return round(length_s(request) * self._cost_per_s, 4)

    def _result(self, job_id: str, note: str) -> JobState:
        """What came of a job that is over. fal answers for one that failed with the failure's own status."""
        try:
            made = self._calls.ask(f"{self._requests}/{job_id}")
        except Refused as error:
            if error.status == 404:
                raise JobGone(self.name, job_id) from error
            if error.code not in {"service-refused", "service-failed"}:
                raise
            return JobState(note, failure=self._failure(job_id, error.message, is_hopeless=not error.retryable))
        except ContentRefused as error:
            return JobState(note, failure=error)
        match made:
            case {"video": {"url": str(url)}}:
                return JobState(note, 1.0, video_url=url)
        return JobState(note, failure=self._failure(job_id, "it made no video", is_hopeless=False))

    def _failure(self, job_id: str, said: str, *, is_hopeless: bool) -> StageError:
        return StageError("job-failed", f"{self.name} failed in job {job_id}: {said}", retryable=not is_hopeless)


def pika() -> CloudAnimator:
    """The provider ``pika`` of the animation stage. ProviderUnavailable without a key."""
    configured = settings().cloud_video
    if configured.pika.api_key is None:
        raise ProviderUnavailable(
            "pika is off: it has no key",
            "set TALESTREAM_CLOUD_VIDEO__PIKA__API_KEY to a key of fal.ai, which serves Pika",
        )
    service = Pika(configured.pika.api_key.get_secret_value(), configured)
    return CloudAnimator(service, configured, is_https_only=configured.pika.base_url.startswith("https:"))
