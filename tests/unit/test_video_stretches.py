"""Pages cut into stretches: nothing is lost, nothing is encoded twice, and no further keyframe is needed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.video.stretches import KEYFRAME_S, STRETCH_S, Stretch, in_turn, stretches_of
from services.video.timeline import Part, SpeechSpan, plan

lengths = st.lists(st.floats(0.3, 40), min_size=1, max_size=8)


@given(lengths, st.integers(1, 60))
def test_stretches_are_every_page_from_end_to_end(seconds: list[float], fps: int) -> None:
    timeline = plan([Part([SpeechSpan(length, 0.0, length)]) for length in seconds], fps)
    stretches = stretches_of(timeline)
    assert (stretches[0].start_frame, stretches[-1].end_frame) == (0, timeline.frame_count)
    assert all(before.end_frame == after.start_frame for before, after in pairwise(stretches))
    for stretch in stretches:
        page = timeline.pages[stretch.index]
        assert page.start_frame <= stretch.start_frame < stretch.end_frame <= page.end_frame


@given(lengths, st.integers(1, 60))
def test_a_stretch_begins_at_a_keyframe_of_its_page_and_is_short(seconds: list[float], fps: int) -> None:
    timeline = plan([Part([SpeechSpan(length, 0.0, length)]) for length in seconds], fps)
    for stretch in stretches_of(timeline):
        assert (stretch.start_frame - timeline.pages[stretch.index].start_frame) % (KEYFRAME_S * fps) == 0
        assert stretch.frame_count < 2 * STRETCH_S * fps


@given(st.lists(st.integers(1, 400), max_size=12), st.integers(1, 8))
def test_every_stretch_has_its_turn_and_the_last_to_begin_are_short(frames: list[int], workers: int) -> None:
    turns = in_turn([Stretch(number, 0, count) for number, count in enumerate(frames)], workers)
    assert sorted(turns) == list(range(len(frames)))
    last = [frames[number] for number in turns[-2 * workers :]]
    assert last == sorted(last, reverse=True)
    assert turns[: -2 * workers] == list(range(len(frames)))[: -2 * workers]
