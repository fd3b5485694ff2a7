"""What was seen of a stretch while it was drawn, kept in its file, in a box that players pass over.

So it goes wherever the stretch goes, and is there when a later composition takes it over. Boxes: ISO/IEC 14496-12, 4.2;
one of a type of one's own is a ``uuid`` box.
"""

import io
import struct
import uuid
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.video.watching import Run, Seen
from talestream.errors import StageError

TYPE = b"uuid" + uuid.uuid5(uuid.NAMESPACE_URL, "talestream:seen:2").bytes


def attach(seen: Seen, stretch: Path) -> None:
    """Put what was seen behind a finished MP4 file."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        frames=seen.frames,
        black=np.array(seen.black, np.int32).reshape(-1, 2),
        still=np.array(seen.still, np.int32).reshape(-1, 2),
        keyframes=seen.keyframes,
        first=seen.first,
        last=seen.last,
    )
    box = TYPE + content.getvalue()
    with stretch.open("ab") as file:
        file.write(struct.pack(">I", 4 + len(box)) + box)


def read(stretch: Path) -> Seen:
    """What was seen of a stretch. StageError ``film-broken`` when its file does not say."""
    content = stretch.read_bytes()
    place = content.rfind(TYPE)
    if place < 0:
        raise StageError("film-broken", f"{stretch.name} does not say what is seen in it", retryable=True)
    with np.load(io.BytesIO(content[place + len(TYPE) :]), allow_pickle=False) as found:
        return Seen(
            int(found["frames"]),
            _runs(found["black"]),
            _runs(found["still"]),
            found["keyframes"],
            found["first"],
            found["last"],
        )


def _runs(pairs: NDArray[np.int32]) -> tuple[Run, ...]:
    return tuple((int(start), int(end)) for start, end in pairs)
