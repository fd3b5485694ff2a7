"""The stills of a film: each read once while it is seen, few at a time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from services.video.album import Album
from services.video.footage import Footage, Shot
from talestream.errors import BadInput


def album(folder: Path, kept: int) -> tuple[Album, list[Shot]]:
    shots = []
    for page in range(1, 5):
        path = folder / f"{page}.png"
        Image.new("RGB", (320, 180), (60 * page, 90, 20)).save(path)
        shots.append(Shot(page, path))
    return Album(Footage(tuple(shots), "en", 320, 180, 24), kept), shots


def test_a_picture_that_many_show_is_read_once(tmp_path: Path) -> None:
    stills, shots = album(tmp_path, kept=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(stills.still, [shots[0]] * 8))
    assert all(still is found[0] for still in found)


def test_what_was_not_seen_for_longest_is_forgotten(tmp_path: Path) -> None:
    stills, shots = album(tmp_path, kept=2)
    first, second = stills.still(shots[0]), stills.still(shots[1])
    stills.still(shots[2])
    assert stills.still(shots[1]) is second
    assert stills.still(shots[0]) is not first


def test_everybody_who_asks_hears_that_a_picture_cannot_be_read(tmp_path: Path) -> None:
    stills, shots = album(tmp_path, kept=2)
    shots[3].picture.write_bytes(b"no picture")
    for _ in range(2):
        with pytest.raises(BadInput, match="page 4"):
            stills.still(shots[3])
