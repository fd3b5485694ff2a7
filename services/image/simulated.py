"""The simulated illustrator: a plain picture of the requested size that says in its metadata what it should show."""

import struct
import zlib
from colorsys import hls_to_rgb
from functools import lru_cache

from schemas import ImageRequested
from services.image.providers import Drawn, Progress
from talestream.inputs import inputs_hash
from talestream.simulation import NAME, STAND_IN, Simulation

HUES = 24
"""Few, so that a process compresses each plain picture once."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class SimulatedIllustrator:
    """One colour a page; the inputs decide which."""

    name = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """See :class:`services.image.providers.Illustrator`."""
        self._simulation.work()
        progress(1.0, NAME)
        inputs = inputs_hash(request)
        plain = _plain(request.width, request.height, int(inputs[:8], 16) % HUES)
        text = f"Description\0\0\0\0\0simulated {inputs}: {request.prompt}".encode()
        return Drawn(plain + _chunk(b"iTXt", text) + _END, NAME, request.seed)


@lru_cache(maxsize=4 * HUES)
def _plain(width: int, height: int, hue: int) -> bytes:
    """A PNG of one colour, but for its end: 8-bit RGB, by the W3C's Portable Network Graphics specification, 11.2."""
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue / HUES, 0.72, 0.5))
    rows = (b"\0" + bytes((red, green, blue)) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 1))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_END = _chunk(b"IEND", b"")


def simulated() -> SimulatedIllustrator:
    """The provider ``simulated`` of the image stage."""
    return SimulatedIllustrator(Simulation.configured("image"))
