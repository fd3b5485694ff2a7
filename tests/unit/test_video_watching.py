"""What is seen of a film while it is drawn: black and stillness, told in stretches as in one piece."""

from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.video.frames import Frame
from services.video.seen_box import attach, read
from services.video.watching import Seen, Watcher, together
from talestream.errors import StageError

FPS = 24
NOISE = np.random.default_rng(4).integers(40, 230, (40, 90, 160), dtype=np.uint8)


def watched(shades: str) -> Seen:
    """What is seen of quarters of a second: ``b`` is black, a digit moves, another letter is still."""
    watcher, frame, number = Watcher(FPS), Frame(320, 180), 0
    for shade in shades:
        for _ in range(FPS // 4):
            frame.blacken()
            if shade != "b":
                picture = NOISE[number % len(NOISE) if shade.isdigit() else ord(shade) % len(NOISE)]
                frame.y[:] = np.kron(picture, np.ones((2, 2), np.uint8))
            watcher.watch(frame)
            number += 1
    return watcher.seen()


def test_a_film_that_moves_has_nothing_to_tell() -> None:
    assert together([watched("11111111"), watched("11111111")], FPS) == ((), ())


def test_black_is_told_from_its_first_frame_to_its_last() -> None:
    assert together([watched("111bb111")], FPS)[0] == ((0.75, 1.25),)


def test_a_short_darkness_is_none() -> None:
    assert together([watched("b1111111")], FPS)[0] == ()


def test_black_and_stillness_go_on_from_one_stretch_to_the_next() -> None:
    black, frozen = together([watched("11111bb"), watched("bbb1111aaaaa"), watched("aaaa1111")], FPS)
    assert black == ((1.25, 2.5),)
    assert frozen == ((3.5, 5.75),)


def test_a_still_picture_is_told_when_it_stays_for_two_seconds() -> None:
    assert together([watched("11aaaaaaaa11")], FPS)[1] == ((0.5, 2.5),)
    assert together([watched("11aaaaaaa111")], FPS)[1] == ()


def test_two_still_pictures_are_not_one() -> None:
    assert together([watched("1aaaaa"), watched("ccccc1")], FPS)[1] == ()


def test_a_stretch_that_is_still_from_end_to_end_joins_those_beside_it() -> None:
    assert together([watched("1aaa"), watched("aaaa"), watched("aaa1")], FPS)[1] == ((0.25, 2.75),)


@given(st.text("b1ac", min_size=2, max_size=24), st.data())
def test_what_is_seen_does_not_depend_on_where_stretches_begin(shades: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shades) - 1), max_size=3)))
    pieces = [shades[start:end] for start, end in pairwise([0, *cuts, len(shades)])]
    if any(piece[-1] == "1" == following[0] for piece, following in pairwise(pieces)):
        return  # the pictures that move begin anew with each piece
    assert together([watched(piece) for piece in pieces], FPS) == together([watched(shades)], FPS)


def test_what_was_seen_is_kept_in_a_file_of_boxes(tmp_path: Path) -> None:
    path, seen = tmp_path / "stretch.mp4", watched("1bbaaa")
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x0cmdat1234")
    attach(seen, path)
    kept = read(path)
    assert (kept.frames, kept.black, kept.still) == (seen.frames, seen.black, seen.still)
    assert (kept.keyframes == seen.keyframes).all()
    assert (kept.first == seen.first).all()
    assert (kept.last == seen.last).all()
    data = path.read_bytes()
    sizes = list(accumulate((16, 12), initial=0))
    assert int.from_bytes(data[sizes[-1] : sizes[-1] + 4]) == len(data) - sizes[-1]


def test_a_stretch_of_which_nothing_is_known_is_broken(tmp_path: Path) -> None:
    (tmp_path / "stretch.mp4").write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0")
    with pytest.raises(StageError, match=r"stretch\.mp4") as raised:
        read(tmp_path / "stretch.mp4")
    assert raised.value.code == "film-broken"
    assert raised.value.retryable
