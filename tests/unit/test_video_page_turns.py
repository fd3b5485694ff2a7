"""Which transitions a film has where its moods choose."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas import Mood, TransitionKind
from services.video.page_turns import LIVELY, transition_by_mood

moods = st.lists(st.sampled_from(list(Mood)), min_size=2, max_size=30)
CALM_TURNS = {TransitionKind.DISSOLVE, TransitionKind.FADE}


def turns(told: list[Mood], seed: int) -> list[TransitionKind]:
    return [transition_by_mood(before, mood, page, seed) for page, (before, mood) in enumerate(pairwise(told), 2)]


@given(moods, st.integers(0, 2**32 - 1))
def test_no_two_lively_transitions_follow_each_other(told: list[Mood], seed: int) -> None:
    assert all(set(pair) & CALM_TURNS for pair in pairwise(turns(told, seed)))


@given(moods, st.integers(0, 2**32 - 1))
def test_a_lively_transition_opens_a_page_of_a_lively_mood(told: list[Mood], seed: int) -> None:
    for mood, turn in zip(told[1:], turns(told, seed), strict=True):
        assert turn in CALM_TURNS or turn is LIVELY[mood]


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_where_the_story_turns_the_film_goes_through_black(seed: int, page: int) -> None:
    assert transition_by_mood(Mood.SAD, Mood.JOYFUL, page, seed) is TransitionKind.FADE
    assert transition_by_mood(Mood.PLAYFUL, Mood.TENSE, page, seed) is TransitionKind.FADE
    assert transition_by_mood(Mood.CALM, Mood.SAD, page, seed) is not TransitionKind.FADE


def test_a_calm_film_dissolves_and_a_film_of_many_moods_is_varied_but_mostly_dissolves() -> None:
    assert set(turns([Mood.CALM] * 20, 3)) == {TransitionKind.DISSOLVE}
    story = [Mood.CALM, Mood.WONDER, Mood.PLAYFUL, Mood.TENSE, Mood.SAD, Mood.CALM, Mood.JOYFUL, Mood.TRIUMPHANT]
    counts = Counter(turn for seed in range(200) for turn in turns(story, seed))
    assert counts.most_common(1)[0][0] is TransitionKind.DISSOLVE
    assert counts[TransitionKind.SLIDE] > 100
    assert counts[TransitionKind.WIPE] > 100
