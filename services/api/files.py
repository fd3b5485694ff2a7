"""Files to clients: whole, by range, as a download, or many in one archive, streamed from the object store.

What is served is the object of the attempt that made the artifact, which never changes: its SHA-256 is a strong ETag,
and its size and type stand in the task document, so that nothing is asked of the store but the bytes.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import PurePosixPath
from stat import S_IFREG
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from stream_zip import ZIP_AUTO, AsyncMemberFile, async_stream_zip

from schemas import Artifact
from services.api.errors import NotFound
from talestream.blobs import Blobs
from talestream.errors import StageError

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range lies outside the file (RFC 9110, section 15.5.17)."""


async def file_response(request: Request, blobs: Blobs, artifact: Artifact, *, download: bool = False) -> Response:
    """Answer GET or HEAD for one artifact, with Range, If-Range and If-None-Match (RFC 9110). NotFound: it is gone."""
    etag = f'"{artifact.sha256}"'
    headers = {"etag": etag, "accept-ranges": "bytes", "cache-control": "private, no-cache"}
    if download:
        headers["content-disposition"] = attachment(PurePosixPath(artifact.path).name)
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    try:
        part = _range_of(request, artifact.size_bytes, etag)
    except Unsatisfiable:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{artifact.size_bytes}"})
    first, last = part or (0, artifact.size_bytes - 1)
    length = last - first + 1
    headers["content-length"] = str(length)
    if part:
        headers["content-range"] = f"bytes {first}-{last}/{artifact.size_bytes}"
    status = 206 if part else 200
    if request.method == "HEAD" or length == 0:
        return Response(status_code=status, headers=headers, media_type=artifact.mime)
    body = await _opened(blobs, artifact, first, length)
    return StreamingResponse(body, status_code=status, headers=headers, media_type=artifact.mime)


def archive_response(
    request: Request, blobs: Blobs, members: Sequence[tuple[str, Artifact]], name: str, made_at: datetime
) -> Response:
    """Answer GET or HEAD for many artifacts, each under its name, as one ZIP that is made while it is sent."""
    headers = {"content-disposition": attachment(name), "cache-control": "private, no-cache"}
    if request.method == "HEAD":
        told = Response(headers=headers, media_type="application/zip")
        del told.headers["content-length"]
        return told
    body = async_stream_zip(_members(blobs, members, made_at.astimezone(UTC)))
    return StreamingResponse(body, headers=headers, media_type="application/zip")


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header, or None for the whole file: no header, or one that need not be followed.

    Several ranges at once are answered with the whole file, as the standard allows. Unsatisfiable when it lies outside.
    """
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    start, end = found.groups()
    first, last = (int(start), min(int(end or size), size - 1)) if start else (max(0, size - int(end)), size - 1)
    if start and end and int(end) < int(start):
        return None
    if first > last:
        raise Unsatisfiable
    return first, last


def attachment(name: str) -> str:
    """A Content-Disposition that makes a browser save the file under ``name`` (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _range_of(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    if request.headers.get("if-range", etag) != etag:
        return None
    return byte_range(request.headers.get("range", ""), size)


def _names(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


async def _opened(blobs: Blobs, artifact: Artifact, offset: int, length: int) -> AsyncIterator[bytes]:
    """The bytes, once the first of them are there: until then an error can still be told."""
    pieces = blobs.stream(blobs.key(artifact.uri), offset, length)
    try:
        first = await anext(pieces)
    except StageError as error:
        if error.code == "missing-object":
            raise NotFound("file-gone", f"{artifact.path} is not there any more") from error
        raise

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return body()


async def _members(
    blobs: Blobs, members: Sequence[tuple[str, Artifact]], made_at: datetime
) -> AsyncIterable[AsyncMemberFile]:
    """The archive's members, stored as they are: media do not compress."""
    for name, artifact in members:
        pieces = blobs.stream(blobs.key(artifact.uri))
        yield name, made_at, S_IFREG | 0o644, ZIP_AUTO(artifact.size_bytes, level=0), pieces
