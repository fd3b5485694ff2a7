"""Drawing transitions: what is seen of either page, and when."""

from itertools import pairwise

import numpy as np
import pytest

from schemas import TransitionKind
from services.video.frames import BLACK_Y, Frame
from services.video.transitions import LEFT_BEHIND, draw

WIDTH, HEIGHT = 160, 90
BEFORE, AFTER = (60, 90, 160), (200, 150, 100)
"""Y, U, V."""
SEEN = [TransitionKind.FADE, TransitionKind.DISSOLVE, TransitionKind.SLIDE, TransitionKind.WIPE]


def frame(colour: tuple[int, int, int]) -> Frame:
    made = Frame(WIDTH, HEIGHT)
    made.y[:], made.u[:], made.v[:] = colour
    return made


def drawn(kind: TransitionKind, progress: float) -> Frame:
    made = frame(AFTER)
    draw(kind, made, frame(BEFORE), progress)
    return made


def nearness(made: Frame) -> float:
    """How much of the coming page is seen: 0 none of it, 1 all; by colour, which nothing shades."""
    return float((made.u.mean() - BEFORE[1]) / (AFTER[1] - BEFORE[1]))


@pytest.mark.parametrize("kind", SEEN)
def test_a_transition_begins_with_the_page_before_and_ends_with_the_page_that_comes(kind: TransitionKind) -> None:
    first, last = drawn(kind, 1e-3), drawn(kind, 1 - 1e-3)
    for made, colour in ((first, BEFORE), (last, AFTER)):
        for plane, tone in zip((made.y, made.u, made.v), colour, strict=True):
            assert abs(float(np.median(plane)) - tone) <= 1


@pytest.mark.parametrize("kind", [kind for kind in SEEN if kind is not TransitionKind.FADE])
def test_more_and_more_is_seen_of_the_page_that_comes(kind: TransitionKind) -> None:
    seen = [nearness(drawn(kind, progress / 20)) for progress in range(1, 20)]
    assert all(after >= before for before, after in pairwise(seen))
    assert seen[0] < 0.1
    assert seen[9] == pytest.approx(0.5, abs=0.03)
    assert seen[-1] > 0.9


def test_a_fade_is_black_half_way_and_never_shows_both_pages() -> None:
    middle = drawn(TransitionKind.FADE, 0.5)
    assert middle.y.max() <= BLACK_Y + 1
    before, after = drawn(TransitionKind.FADE, 0.3), drawn(TransitionKind.FADE, 0.7)
    assert before.u.mean() < 128 < after.u.mean()
    assert before.y.max() < BEFORE[0]
    assert after.y.max() < AFTER[0]


def test_a_slide_moves_whole_pages_and_luma_and_chroma_together() -> None:
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, 1))
    coming, going = frame(AFTER), frame(BEFORE)
    coming.y[:], coming.u[:], going.y[:] = ramp, ramp[::2, ::2], ramp
    draw(TransitionKind.SLIDE, coming, going, 0.5)
    edge = WIDTH // 2
    assert np.array_equal(coming.y[:, edge:], ramp[:, :edge])
    assert np.array_equal(coming.u[:, edge // 2 :], ramp[::2, ::2][:, : edge // 2])
    assert coming.y[0, 0] == round(edge * LEFT_BEHIND / 2) * 2
    assert coming.v[0, edge // 2 - 1] == BEFORE[2]
    assert coming.v[0, edge // 2] == AFTER[2]


def test_a_sliding_page_casts_a_shadow_on_the_one_below() -> None:
    made = drawn(TransitionKind.SLIDE, 0.5)
    edge = WIDTH // 2
    assert made.y[0, edge - 1] < BEFORE[0] - 10
    assert made.y[0, edge] == AFTER[0]
    assert made.y[0, 0] == BEFORE[0]


def test_a_wipe_has_a_soft_edge_of_which_colour_is_where_brightness_is() -> None:
    made = drawn(TransitionKind.WIPE, 0.5)
    row = made.y[HEIGHT // 2].astype(float)
    assert np.abs(np.diff(row)).max() <= 10
    luma = np.interp(0.5, ((row - BEFORE[0]) / (AFTER[0] - BEFORE[0]))[::-1], np.arange(WIDTH)[::-1])
    tint = made.u[HEIGHT // 4].astype(float)
    chroma = 2 * np.interp(0.5, ((tint - BEFORE[1]) / (AFTER[1] - BEFORE[1]))[::-1], np.arange(WIDTH // 2)[::-1])
    assert chroma == pytest.approx(luma, abs=1.5)
