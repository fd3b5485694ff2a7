"""The object store: MinIO in production, any S3-compatible server elsewhere.

The ``minio`` client blocks, so every call runs in a thread. A call that fails because the store is away is repeated
with back-off for up to :data:`PATIENCE_S`, then raises a retryable :class:`~talestream.errors.StageError`.
"""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.deleteobjects import DeleteObject
from minio.error import S3Error, ServerError

from talestream.clock import Clock
from talestream.errors import BadInput, StageError
from talestream.settings import ObjectSettings

T = TypeVar("T")

PATIENCE_S = 90.0
CHUNK_BYTES = 256 * 1024

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchObject", "ResourceNotFound"})


@dataclass(frozen=True)
class ObjectInfo:
    """What the store says of an object."""

    key: str
    size_bytes: int
    etag: str
    mime: str
    modified_at: datetime | None


class Blobs:
    """Objects of one bucket, named by key or by ``s3://bucket/key``."""

    def __init__(self, settings: ObjectSettings, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self.bucket = settings.bucket
        self._clock = clock
        self._patience_s = patience_s
        self._client = Minio(
            settings.endpoint,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            secure=settings.secure,
            region="us-east-1",
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=60), maxsize=16, retries=urllib3.Retry(0, redirect=2)
            ),
        )

    async def prepare(self) -> None:
        """Create the bucket if it is not there."""

        def create() -> None:
            if not self._client.bucket_exists(bucket_name=self.bucket):
                with suppress(S3Error):  # another service was faster
                    self._client.make_bucket(bucket_name=self.bucket)
                if not self._client.bucket_exists(bucket_name=self.bucket):
                    raise StageError("store-unavailable", f"bucket {self.bucket} could not be created", retryable=True)

        await self._patiently(create)

    async def is_ready(self) -> bool:
        """Whether the store answers now."""
        try:
            return bool(await asyncio.to_thread(self._client.bucket_exists, bucket_name=self.bucket))
        except (S3Error, ServerError, urllib3.exceptions.HTTPError, OSError):
            return False

    def uri(self, key: str) -> str:
        """The URI of a key in this bucket."""
        return f"s3://{self.bucket}/{key}"

    def key(self, uri: str) -> str:
        """The key behind a URI. BadInput when it is not in this bucket."""
        prefix = f"s3://{self.bucket}/"
        if not uri.startswith(prefix):
            raise BadInput(f"{uri} is not in the bucket {self.bucket}")
        return uri.removeprefix(prefix)

    async def put(self, key: str, data: bytes | Path, mime: str) -> str:
        """Store an object, replacing one of the same key, and return its URI."""

        def put() -> None:
            if isinstance(data, Path):
                self._client.fput_object(
                    bucket_name=self.bucket, object_name=key, file_path=str(data), content_type=mime
                )
            else:
                self._client.put_object(
                    bucket_name=self.bucket,
                    object_name=key,
                    data=io.BytesIO(data),
                    length=len(data),
                    content_type=mime,
                )

        await self._patiently(put)
        return self.uri(key)

    async def get(self, uri: str) -> bytes:
        """The object's bytes. StageError ``missing-object`` when it is not there."""
        key = self.key(uri)

        def get() -> bytes:
            response = self._client.get_object(bucket_name=self.bucket, object_name=key)
            try:
                body: bytes = response.read()
                return body
            finally:
                response.close()
                response.release_conn()

        return await self._patiently(get)

    async def fetch(self, uri: str, target: Path) -> None:
        """Write the object's bytes to the file ``target``."""
        key = self.key(uri)
        await self._patiently(
            lambda: self._client.fget_object(bucket_name=self.bucket, object_name=key, file_path=str(target))
        )

    async def stat(self, key: str) -> ObjectInfo | None:
        """What the store knows of the object, or None when it is not there."""
        try:
            found = await self._patiently(lambda: self._client.stat_object(bucket_name=self.bucket, object_name=key))
        except StageError as error:
            if error.code == "missing-object":
                return None
            raise
        return ObjectInfo(key, found.size or 0, found.etag or "", found.content_type or "", found.last_modified)

    async def stream(self, key: str, offset: int = 0, length: int = 0) -> AsyncGenerator[bytes, None]:
        """The object's bytes from ``offset``, in pieces; ``length`` 0 means to the end."""
        response = await self._patiently(
            lambda: self._client.get_object(bucket_name=self.bucket, object_name=key, offset=offset, length=length)
        )
        try:
            while piece := await asyncio.to_thread(response.read, CHUNK_BYTES):
                yield piece
        finally:
            response.close()
            response.release_conn()

    async def copy(self, source: str, target: str) -> None:
        """Copy the object behind the URI ``source`` to the key ``target``, within the store."""
        origin = CopySource(bucket_name=self.bucket, object_name=self.key(source))
        await self._patiently(
            lambda: self._client.copy_object(bucket_name=self.bucket, object_name=target, source=origin)
        )

    async def remove_prefix(self, prefix: str, but: frozenset[str] = frozenset()) -> int:
        """Remove every object below ``prefix/``, but those of these keys, and say how many there were."""

        def remove() -> int:
            listed = self._client.list_objects(bucket_name=self.bucket, prefix=f"{prefix}/", recursive=True)
            found = [item.object_name for item in listed if item.object_name and not item.is_dir]
            names = [name for name in found if name not in but]
            failures = list(
                self._client.remove_objects(
                    bucket_name=self.bucket, delete_object_list=[DeleteObject(name) for name in names]
                )
            )
            if failures:
                raise StageError("store-unavailable", f"{len(failures)} objects were not removed", retryable=True)
            return len(names)

        return await self._patiently(remove)

    async def _patiently(self, call: Callable[[], T]) -> T:
        """Run a blocking call in a thread; while the store is away, again and again."""
        delay_s, waited_s = 0.2, 0.0
        while True:
            try:
                return await asyncio.to_thread(call)
            except S3Error as error:
                if error.code in _MISSING:
                    raise StageError(
                        "missing-object", f"{error.object_name or self.bucket} is not in the store"
                    ) from error
                if error.response is not None and error.response.status < 500:
                    raise StageError(
                        "store-refused", f"the object store refused: {error.code} {error.message}"
                    ) from error
                problem: Any = error
            except (ServerError, urllib3.exceptions.HTTPError, OSError) as error:
                problem = error
            if waited_s >= self._patience_s:
                raise StageError(
                    "store-unavailable", f"the object store does not answer: {problem}", retryable=True
                ) from problem
            await self._clock.sleep(delay_s)
            waited_s += delay_s
            delay_s = min(5.0, delay_s * 2)
