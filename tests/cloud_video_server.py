"""Runway and Pika on a loopback port, behaving as their public documentation says.

Runway: https://docs.dev.runwayml.com, ``X-Runway-Version: 2024-11-06``. Pika: fal's queue, https://docs.fal.ai. Orders
are checked as the documentation words them and refused with the documented answers; a job goes through the documented
states, one a look, and waits before its last for :meth:`CloudVideoServer.finish` where a test wants that. What becomes
of a job is decided by its ``fate`` when it is ordered.
"""

import base64
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from talestream.still_film import Still, still_film
from tests.api_server import serving

RUNWAY_KEY, FAL_KEY = "key_of_this_test", "id:secret of this test"
RUNWAY_VERSION = "2024-11-06"
RATIOS = {"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"}
MOST_URI_BYTES = 5_000_000
FPS = 24

Fate = Literal["made", "failed", "hopeless", "moderated", "cut", "no video", "too large", "page", "expires once"]
"""``cut``: the file ends half-way; ``page``: a web page lies there; ``expires once``: the first address is gone."""


@dataclass
class Job:
    """One order that was taken."""

    id: str
    body: dict[str, Any]
    fate: Fate
    webhook: str | None = None
    looks: int = 0
    is_cancelled: bool = False
    is_finished: bool = False
    addresses: int = 0

    @property
    def video(self) -> bytes:
        """What it makes."""
        still = Still((120, 90, 160), int(self.body["duration"]) * FPS)
        whole = still_film([still], 320, 180, FPS)
        return whole[: len(whole) * 2 // 3] if self.fate == "cut" else whole


@dataclass
class CloudVideoServer:
    """Both services, what they were asked, and what they will do."""

    url: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Method and path of every call, without the names of jobs."""
    refusals: deque[Response] = field(default_factory=deque)
    """Given to the next calls, one each, before they are looked at."""
    fates: deque[Fate] = field(default_factory=deque)
    """Of the next jobs; then they are made."""
    is_held: bool = False
    """Whether a job ends only when it is told to."""

    @property
    def job(self) -> Job:
        """The only job."""
        [only] = self.jobs.values()
        return only

    def jobs_of(self, prompt: str) -> list[Job]:
        """The jobs that were ordered with these words."""
        return [job for job in self.jobs.values() if prompt in {job.body.get("prompt"), job.body.get("promptText")}]

    async def finish(self, job: Job) -> int:
        """Let the job come to its end, and call back; what was answered to that."""
        job.is_finished = True
        assert job.webhook is not None
        payload = {"request_id": job.id, "gateway_request_id": job.id, "status": "OK", "payload": {}}
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(job.webhook, json=payload)).status_code

    def app(self) -> Starlette:
        """Both services, and the store that serves what they make."""
        fal = "/fal-ai/pika"
        return Starlette(
            routes=[
                Route("/v1/image_to_video", self._runway(self._order_runway), methods=["POST"]),
                Route("/v1/tasks/{job}", self._runway(self._look_runway), methods=["GET"]),
                Route("/v1/tasks/{job}", self._runway(self._cancel_runway), methods=["DELETE"]),
                Route(f"{fal}/v2.2/image-to-video", self._fal(self._order_fal), methods=["POST"]),
                Route(f"{fal}/requests/{{job}}/status", self._fal(self._look_fal), methods=["GET"]),
                Route(f"{fal}/requests/{{job}}", self._fal(self._result_fal), methods=["GET"]),
                Route(f"{fal}/requests/{{job}}/cancel", self._fal(self._cancel_fal), methods=["PUT"]),
                Route("/outputs/{job}/{number:int}.mp4", self._output),
            ]
        )

    def _runway(self, answer: Any) -> Any:
        async def guarded(request: Request) -> Response:
            self._note(request)
            if self.refusals:
                return self.refusals.popleft()
            if request.headers.get("authorization") != f"Bearer {RUNWAY_KEY}":
                return JSONResponse({"error": "The API key is not valid."}, 401)
            if request.headers.get("x-runway-version") != RUNWAY_VERSION:
                return JSONResponse({"error": "The X-Runway-Version header is not valid."}, 400)
            found: Response = await answer(request)
            return found

        return guarded

    def _fal(self, answer: Any) -> Any:
        async def guarded(request: Request) -> Response:
            self._note(request)
            if self.refusals:
                return self.refusals.popleft()
            if request.headers.get("authorization") != f"Key {FAL_KEY}":
                return JSONResponse({"detail": "Authentication is required to access this application."}, 401)
            found: Response = await answer(request)
            return found

        return guarded

    async def _order_runway(self, request: Request) -> Response:
        body = await request.json()
        if problem := _runway_problem(body):
            return JSONResponse({"error": f"Validation of body failed: {problem}"}, 400)
        return JSONResponse({"id": self._take(body).id})

    async def _look_runway(self, request: Request) -> Response:
        job = self._job(request)
        if job is None or job.is_cancelled:
            return JSONResponse({"error": "Task not found."}, 404)
        state = {"id": job.id, "createdAt": "2026-11-24T14:00:00.000Z"}
        early = ({"status": "PENDING"}, {"status": "THROTTLED"}, {"status": "RUNNING", "progress": 0.5})
        if (step := self._step(job, len(early))) is not None:
            return JSONResponse(state | early[step])
        match job.fate:
            case "failed":
                failure = {"failure": "An unexpected error occurred.", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01"}
            case "hopeless":
                failure = {"failure": "The asset is not valid.", "failureCode": "ASSET.INVALID"}
            case "moderated":
                failure = {"failure": "The prompt is not allowed.", "failureCode": "SAFETY.INPUT.TEXT"}
            case "no video":
                return JSONResponse(state | {"status": "SUCCEEDED", "output": []})
            case _:
                return JSONResponse(state | {"status": "SUCCEEDED", "output": [self._address(job)]})
        return JSONResponse(state | {"status": "FAILED"} | failure)

    async def _cancel_runway(self, request: Request) -> Response:
        job = self._job(request)
        if job is None:
            return JSONResponse({"error": "Task not found."}, 404)
        job.is_cancelled = True
        return Response(status_code=204)

    async def _order_fal(self, request: Request) -> Response:
        body = await request.json()
        if not str(body.get("image_url", "")).startswith("data:image/") or body.get("duration") not in {5, 10}:
            problem = {"loc": ["body"], "msg": "field required", "type": "value_error"}
            return JSONResponse({"detail": [problem]}, 422)
        job = self._take(body, request.query_params.get("fal_webhook"))
        place = f"{self.url}/fal-ai/pika/requests/{job.id}"
        more = {"response_url": place, "status_url": f"{place}/status", "cancel_url": f"{place}/cancel"}
        return JSONResponse({"status": "IN_QUEUE", "request_id": job.id, "queue_position": 0, **more})

    async def _look_fal(self, request: Request) -> Response:
        job = self._job(request)
        if job is None or job.is_cancelled:
            return JSONResponse({"detail": "Request not found"}, 404)
        early = ({"status": "IN_QUEUE", "queue_position": 1}, {"status": "IN_PROGRESS", "logs": None})
        if (step := self._step(job, len(early))) is not None:
            return JSONResponse({"request_id": job.id} | early[step], 202)
        return JSONResponse({"request_id": job.id, "status": "COMPLETED", "metrics": {"inference_time": 3.7}})

    async def _result_fal(self, request: Request) -> Response:
        job = self._job(request)
        if job is None or job.is_cancelled:
            return JSONResponse({"detail": "Request not found"}, 404)
        match job.fate:
            case "failed":
                return JSONResponse({"detail": "Internal Server Error", "error_type": "runner_server_error"}, 500)
            case "hopeless":
                problem = {"loc": ["body", "image_url"], "msg": "Failed to load the image", "type": "image_load_error"}
                return JSONResponse({"detail": [problem]}, 422)
            case "moderated":
                problem = {"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}
                return JSONResponse({"detail": [problem]}, 422)
            case "no video":
                return JSONResponse({"video": None})
        video = {"url": self._address(job), "content_type": "video/mp4", "file_size": len(job.video)}
        return JSONResponse({"video": video})

    async def _cancel_fal(self, request: Request) -> Response:
        job = self._job(request)
        if job is None:
            return JSONResponse({"status": "NOT_FOUND"}, 404)
        if job.is_finished:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
        job.is_cancelled = True
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)

    async def _output(self, request: Request) -> Response:
        job = self._job(request)
        assert "authorization" not in request.headers, "a key was sent to the store"
        if job is None or (job.fate == "expires once" and request.path_params["number"] == 1):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        if job.fate == "page":
            return Response("<html>Sign in</html>", media_type="text/html")
        content = job.video + bytes(2 << 20 if job.fate == "too large" else 0)
        return Response(content, media_type="video/mp4")

    def _take(self, body: dict[str, Any], webhook: str | None = None) -> Job:
        fate = self.fates.popleft() if self.fates else "made"
        job = Job(id=secrets.token_hex(8), body=body, fate=fate, webhook=webhook)
        self.jobs[job.id] = job
        return job

    def _step(self, job: Job, early: int) -> int | None:
        """Which of its first states a job is in; None when it is over. One that is held stays in the last of them."""
        job.looks += 1
        if job.is_finished or (job.looks > early and not self.is_held):
            job.is_finished = True
            return None
        return min(job.looks, early) - 1

    def _job(self, request: Request) -> Job | None:
        return self.jobs.get(request.path_params["job"])

    def _address(self, job: Job) -> str:
        job.addresses += 1
        return f"{self.url}/outputs/{job.id}/{job.addresses}.mp4"

    def _note(self, request: Request) -> None:
        job = request.path_params.get("job")
        path = request.url.path if job is None else request.url.path.replace(job, "…")
        self.calls.append(f"{request.method} {path}")


def _runway_problem(body: dict[str, Any]) -> str | None:
    """What the documentation does not allow in an order for gen4_turbo."""
    text, picture = body.get("promptText", "x"), str(body.get("promptImage", ""))
    kind, _, content = picture.partition(";base64,")
    problems = {
        "model": body.get("model") != "gen4_turbo",
        "ratio": body.get("ratio") not in RATIOS,
        "duration": body.get("duration") not in {5, 10},
        "seed": not 0 <= body.get("seed", 0) < 2**32,
        "promptText": not 1 <= len(text.encode("utf-16-le")) // 2 <= 1000,
        "promptImage": len(picture) > MOST_URI_BYTES
        or kind not in {"data:image/png", "data:image/jpeg", "data:image/webp"}
        or not base64.b64decode(content, validate=True),
    }
    return next((name for name, is_wrong in problems.items() if is_wrong), None)


@asynccontextmanager
async def cloud_video() -> AsyncIterator[CloudVideoServer]:
    """Both services, on a free port."""
    server = CloudVideoServer()
    async with serving(server.app()) as server.url:
        yield server
