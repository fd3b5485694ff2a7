"""The film's timeline: pages and cards in frames, clips in seconds."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import TransitionKind
from services.video.page_turns import LENGTHS_S, frames_of
from services.video.timeline import (
    BEFORE_CARD_S,
    CLAUSE_PAUSE_S,
    ENDING_S,
    OPENING_S,
    SENTENCE_PAUSE_S,
    SILENT_PAGE_S,
    Part,
    SpeechSpan,
    Timeline,
    pause_after,
    plan,
)


@st.composite
def spans(draw: st.DrawFn) -> SpeechSpan:
    first = draw(st.floats(0, 0.5))
    spoken = draw(st.floats(0.2, 12))
    tail = draw(st.floats(0, 0.5))
    return SpeechSpan(
        first + spoken + tail, first, first + spoken, draw(st.sampled_from([CLAUSE_PAUSE_S, SENTENCE_PAUSE_S]))
    )


pages_of_speech = st.lists(st.lists(spans(), max_size=4), min_size=1, max_size=8)


def planned(
    pages: list[list[SpeechSpan]], fps: int = 24, transition: TransitionKind = TransitionKind.DISSOLVE
) -> Timeline:
    """A film of these pages, without cards."""
    return plan([Part(page, transition) for page in pages], fps)


def words_of(pages: list[list[SpeechSpan]], timeline: Timeline) -> list[list[tuple[float, float]]]:
    """When speech starts and ends in the film, by page and clip."""
    return [
        [
            (start + span.first_word_s, start + span.last_word_s)
            for start, span in zip(slot.clip_starts_s, page, strict=True)
        ]
        for slot, page in zip(timeline.pages, pages, strict=True)
    ]


@settings(deadline=None)
@given(pages_of_speech, st.sampled_from([1, 7, 24, 25, 30, 60]))
def test_pages_follow_each_other_without_a_gap_from_frame_zero(pages: list[list[SpeechSpan]], fps: int) -> None:
    timeline = planned(pages, fps)
    assert timeline.pages[0].start_frame == 0
    assert all(page.end_frame == after.start_frame for page, after in pairwise(timeline.pages))
    assert timeline.duration_s * fps == pytest.approx(timeline.frame_count)


@settings(deadline=None)
@given(pages_of_speech)
def test_pauses_inside_a_page_are_those_of_its_sentences(pages: list[list[SpeechSpan]]) -> None:
    for page, words in zip(pages, words_of(pages, planned(pages)), strict=True):
        for span, (_, end), (start, _) in zip(page, words, words[1:], strict=False):
            assert start - end == pytest.approx(span.pause_after_s, abs=0.4)
            assert start - end >= span.pause_after_s - 1e-9


@settings(deadline=None)
@given(
    st.lists(st.lists(spans(), min_size=1, max_size=3), min_size=2, max_size=6), st.sampled_from(list(TransitionKind))
)
def test_a_page_change_is_a_pause_of_about_a_second_in_which_its_transition_ends(
    pages: list[list[SpeechSpan]], transition: TransitionKind
) -> None:
    timeline = planned(pages, transition=transition)
    words = words_of(pages, timeline)
    for page, after in pairwise(words):
        assert 0.75 <= after[0][0] - page[-1][1] <= 1.2
    for slot, page in zip(timeline.pages[1:], words[1:], strict=True):
        assert page[0][0] >= (slot.start_frame + slot.transition_frames - 1) / 24


@settings(deadline=None)
@given(pages_of_speech)
def test_all_speech_of_a_page_is_heard_while_its_picture_is_seen(pages: list[list[SpeechSpan]]) -> None:
    timeline = planned(pages)
    for slot, words in zip(timeline.pages, words_of(pages, timeline), strict=True):
        for start, end in words:
            assert slot.start_frame / 24 <= start
            assert end <= slot.end_frame / 24


def test_a_page_without_narration_is_shown_for_three_seconds() -> None:
    timeline = planned([[], []])
    assert [page.end_frame - page.start_frame for page in timeline.pages] == [SILENT_PAGE_S * 24] * 2


@pytest.mark.parametrize("kind", list(TransitionKind))
def test_each_transition_belongs_to_the_page_that_comes(kind: TransitionKind) -> None:
    timeline = planned([[], [], []], transition=kind)
    frames = round(LENGTHS_S[kind] * 24)
    assert [page.transition_frames for page in timeline.pages] == [0, frames, frames]
    assert [page.outlasting_frames >= frames for page in timeline.pages] == [True, True, frames == 0]


def test_a_transition_has_a_frame_at_any_rate_unless_it_is_a_cut() -> None:
    assert [frames_of(kind, 1) for kind in TransitionKind] == [
        int(kind is not TransitionKind.CUT) for kind in TransitionKind
    ]


def test_cards_are_seen_for_their_time_and_the_narration_keeps_clear_of_them() -> None:
    page = [SpeechSpan(3, 0, 3)]
    timeline = plan([Part(card_s=2.5), Part(page), Part(page), Part(card_s=2)], 24)
    title, first, last, end = timeline.pages
    assert (title.end_frame, end.end_frame - end.start_frame) == (60, 48)
    assert first.clip_starts_s[0] >= 2.5 + LENGTHS_S[TransitionKind.DISSOLVE]
    assert end.start_frame / 24 == pytest.approx(last.clip_starts_s[0] + 3 + BEFORE_CARD_S, abs=1 / 24)


def test_without_cards_the_first_word_comes_soon_and_the_last_picture_stays() -> None:
    timeline = planned([[SpeechSpan(3, 0, 3)]])
    assert timeline.pages[0].clip_starts_s == (OPENING_S,)
    assert timeline.duration_s == pytest.approx(OPENING_S + 3 + ENDING_S, abs=1 / 24)


def test_a_page_is_laid_out_the_same_whatever_comes_later() -> None:
    page = [SpeechSpan(3, 0.1, 2.9), SpeechSpan(2, 0.2, 1.8)]
    short = plan([Part(page), Part(page), Part([])], 24)
    other = Part([SpeechSpan(9, 0, 9)], TransitionKind.FADE)
    long = plan([Part(page), Part(page), other, Part(page)], 24)
    assert short.pages[:2] == long.pages[:2]


@pytest.mark.parametrize("text", ["The end.", "“Really?”", "他走了。", "「真的吗？」", "Oh!) "])
def test_a_sentence_is_followed_by_a_longer_pause(text: str) -> None:
    assert pause_after(text) == SENTENCE_PAUSE_S


@pytest.mark.parametrize("text", ["and then,", "他走了，", "once upon a time"])
def test_a_clause_is_followed_by_a_shorter_pause(text: str) -> None:
    assert pause_after(text) == CLAUSE_PAUSE_S
