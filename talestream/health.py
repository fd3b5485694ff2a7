"""``/healthz``, ``/readyz`` and ``/metrics``, the same in every service."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True)
class Remark:
    """It is there, but not as it was to be."""

    text: str


Checks = Mapping[str, bool | str | Remark]
"""What a service needs to work, each with whether it is there, or a text that says why it is not."""
Readiness = Callable[[], Awaitable[Checks]]


def health_routes(service: str, readiness: Readiness) -> list[Route]:
    """The three routes. ``/healthz``: the process lives; ``/readyz``: 200 if all it needs is there, else 503."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "service": service})

    async def readyz(_request: Request) -> Response:
        checks = await readiness()
        remarks = {name: check.text for name, check in checks.items() if isinstance(check, Remark)}
        told = {name: True if name in remarks else check for name, check in checks.items()}
        is_ready = all(check is True for check in told.values())
        answer = {"status": "ready" if is_ready else "not ready", "service": service, "checks": told}
        return JSONResponse({**answer, "remarks": remarks} if remarks else answer, status_code=200 if is_ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def health_app(service: str, readiness: Readiness) -> Starlette:
    """An application of these routes alone, for services that serve nothing else."""
    return Starlette(routes=health_routes(service, readiness))
