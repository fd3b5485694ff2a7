"""A picture as a data URI (RFC 2397) that a service takes: small enough, and of a format that all of them read."""

import base64
import io
from pathlib import Path

from PIL import Image

from talestream.errors import BadInput

_AS_IT_IS = {"PNG": "image/png", "JPEG": "image/jpeg"}
_QUALITIES = (95, 88, 80, 70)
"""Of JPEG, tried until one is small enough."""


def picture_uri(path: Path, most_bytes: int) -> str:
    """The picture as it is, else as JPEG. ``most_bytes`` is of the URI.

    BadInput when it cannot be read, or is too large.
    """
    try:
        with Image.open(path) as picture:
            picture.load()
            kind = _AS_IT_IS.get(picture.format or "")
            if kind is not None and len(uri := _uri(kind, path.read_bytes())) <= most_bytes:
                return uri
            for quality in _QUALITIES:
                content = io.BytesIO()
                picture.convert("RGB").save(content, "JPEG", quality=quality)
                if len(uri := _uri("image/jpeg", content.getvalue())) <= most_bytes:
                    return uri
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the picture cannot be read: {error}".replace(str(path), path.name)) from error
    raise BadInput(f"the picture has more than {most_bytes} bytes, even as JPEG")


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
