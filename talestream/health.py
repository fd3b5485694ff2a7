"""``/healthz``, ``/readyz`` and ``/metrics``, the same in every service."""

from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Readiness = Callable[[], Awaitable[Mapping[str, bool | str]]]
"""What a service needs to work, each with whether it is there, or a text that says why it is not."""


def health_routes(service: str, readiness: Readiness) -> list[Route]:
    """The three routes. ``/healthz``: the process lives; ``/readyz``: 200 if all it needs is there, else 503."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "service": service})

    async def readyz(_request: Request) -> Response:
        checks = await readiness()
        is_ready = all(check is True for check in checks.values())
        return JSONResponse(
            {"status": "ready" if is_ready else "not ready", "service": service, "checks": checks},
            status_code=200 if is_ready else 503,
        )

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def health_app(service: str, readiness: Readiness) -> Starlette:
    """An application of these routes alone, for services that serve nothing else."""
    return Starlette(routes=health_routes(service, readiness))
