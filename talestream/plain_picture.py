"""Pictures of one colour, by the W3C's Portable Network Graphics specification and nothing else."""

import struct
import zlib
from functools import lru_cache

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
KEPT = 96
"""How many are remembered: compressing one takes longer than all the rest."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def plain_png(width: int, height: int, colour: Colour, description: str = "") -> bytes:
    """A PNG in 8-bit RGB; the description is in its metadata, for whoever looks."""
    told = _chunk(b"iTXt", f"Description\0\0\0\0\0{description}".encode()) if description else b""
    return _beginning(width, height, colour) + told + _END


@lru_cache(maxsize=KEPT)
def _beginning(width: int, height: int, colour: Colour) -> bytes:
    """All but the metadata and the end; 11.2 of the specification."""
    rows = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 1))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_END = _chunk(b"IEND", b"")
