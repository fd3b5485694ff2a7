"""The cut of a film: how it is ordered, what it means where nothing is said, and how much music it needs."""

import pytest

from schemas import CaptionStyle, Cut, MusicRequested, Narration, Task, TransitionKind, VideoRequested
from schemas.cut import END_CARD_S, TITLE_CARD_S
from talestream.cli.cut import cut_of
from talestream.embedded.errors import StackError
from tests.unit.test_editing import filmed


def with_cut(cut: Cut | None) -> Task:
    task = filmed()
    return task.model_copy(update={"input": task.order.model_copy(update={"cut": cut})})


def test_a_task_that_says_nothing_has_cards_and_transitions_by_mood() -> None:
    assert VideoRequested.of(with_cut(None), None, 1).cut == Cut()
    assert Cut() == Cut(transition=None, title_card=True, end_card=True, captions=CaptionStyle.PLAIN)


def test_an_order_for_the_film_has_the_cut_that_was_ordered_and_the_mood_of_each_page() -> None:
    cut = Cut(transition=TransitionKind.WIPE, end_card=False)
    task = with_cut(cut)
    request = VideoRequested.of(task, None, 1)
    assert request.cut == cut
    assert [page.mood for page in request.pages] == [page.mood for page in task.script.pages]


@pytest.mark.parametrize(
    ("cut", "before_s", "behind_s"),
    [
        (None, TITLE_CARD_S, END_CARD_S),
        (Cut(title_card=False), 0, END_CARD_S),
        (Cut(end_card=False), TITLE_CARD_S, 0),
        (Cut(title_card=False, end_card=False), 0, 0),
    ],
)
def test_music_is_ordered_for_the_cards_too(cut: Cut | None, before_s: float, behind_s: float) -> None:
    task = with_cut(cut)
    spoken = [sum(clip.duration_s for clip in narration.clips) for narration in task.results("speech", Narration)]
    lengths = [passage.duration_s for passage in MusicRequested.of(task, None, 1).passages]
    more = [length - said for length, said in zip(lengths, spoken, strict=True)]
    assert more == pytest.approx([before_s, 0, behind_s])


def test_a_film_without_a_title_has_no_title_card() -> None:
    assert Cut().card_times(" ") == (0, END_CARD_S)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", None),
        (" , ", None),
        ("slide", Cut(transition=TransitionKind.SLIDE)),
        ("by-mood", Cut()),
        (
            "Slide karaoke  no-title",
            Cut(transition=TransitionKind.SLIDE, title_card=False, captions=CaptionStyle.KARAOKE),
        ),
        (
            "cut,no-captions,no-end,title",
            Cut(transition=TransitionKind.CUT, end_card=False, captions=CaptionStyle.NONE),
        ),
        ("slide slide", Cut(transition=TransitionKind.SLIDE)),
    ],
)
def test_a_cut_is_written_in_words(text: str, cut: Cut | None) -> None:
    assert cut_of(text) == cut


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("explode", "explode"),
        ("slide wipe", "slide and wipe"),
        ("title no-title", "title and no-title"),
        ("none", "none"),
    ],
)
def test_words_that_say_nothing_or_contradict_each_other_are_named(text: str, fault: str) -> None:
    with pytest.raises(StackError, match=fault):
        cut_of(text)


def test_every_kind_and_style_can_be_written() -> None:
    assert {cut.transition for kind in TransitionKind if (cut := cut_of(kind))} == set(TransitionKind)
    words = ["no-captions" if style is CaptionStyle.NONE else style for style in CaptionStyle]
    assert {cut.captions for word in words if (cut := cut_of(word))} == set(CaptionStyle)
