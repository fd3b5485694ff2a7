"""Users' own pictures, told by their first bytes."""

import hashlib
from dataclasses import dataclass

from services.api.errors import Invalid

MIMES = ("image/png", "image/jpeg", "image/webp")


@dataclass(frozen=True)
class GivenPicture:
    """A picture that a user sent."""

    data: bytes
    mime: str
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> "GivenPicture":
        """What kind it is, its signature tells (PNG 5.2, JPEG B.1.1.3, WebP's RIFF). Invalid: it is none of MIMES."""
        return cls(data, _mime_of(data), hashlib.sha256(data).hexdigest())


def _mime_of(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise Invalid("picture", "this is no PNG, JPEG or WebP picture")
