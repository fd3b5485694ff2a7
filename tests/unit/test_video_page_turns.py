"""Which transitions a film has where its moods and settings choose."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Mood, Setting, TimeOfDay, TransitionKind
from services.video.footage import Shot
from services.video.page_turns import LIVELY, page_turn

MOODS = st.sampled_from(list(Mood))
SETTINGS = st.builds(Setting, place=st.sampled_from(("meadow", "forest")), time=st.sampled_from(list(TimeOfDay)))
PAGES = st.lists(st.tuples(MOODS, st.none() | SETTINGS), min_size=2, max_size=30)
SEEDS = st.integers(0, 2**32 - 1)
CALM_TURNS = {TransitionKind.DISSOLVE, TransitionKind.FADE, TransitionKind.CUT}
MORNING = Setting(place="meadow", time=TimeOfDay.DAWN)


def shot(page: int, mood: Mood = Mood.CALM, setting: Setting | None = None) -> Shot:
    return Shot(page, Path("p.png"), mood=mood, setting=setting)


def turns(told: Sequence[tuple[Mood, Setting | None]], seed: int) -> list[TransitionKind]:
    shots = [shot(page, *what) for page, what in enumerate(told, 1)]
    return [page_turn(before, after, seed) for before, after in pairwise(shots)]


@given(PAGES, SEEDS)
def test_no_two_lively_transitions_follow_each_other(told: list[tuple[Mood, Setting | None]], seed: int) -> None:
    assert all(set(pair) & CALM_TURNS for pair in pairwise(turns(told, seed)))


@given(PAGES, SEEDS)
def test_a_lively_transition_opens_a_page_of_a_lively_mood(told: list[tuple[Mood, Setting | None]], seed: int) -> None:
    for (mood, _), turn in zip(told[1:], turns(told, seed), strict=True):
        assert turn in CALM_TURNS or mood in LIVELY


@given(SEEDS, st.integers(2, 40))
def test_without_settings_the_film_goes_through_black_where_the_story_turns(seed: int, page: int) -> None:
    for dark, bright in ((Mood.SAD, Mood.JOYFUL), (Mood.TENSE, Mood.PLAYFUL)):
        for one, two in ((dark, bright), (bright, dark)):
            assert page_turn(shot(page - 1, one), shot(page, two), seed) is TransitionKind.FADE
            assert page_turn(shot(page - 1, one, MORNING), shot(page, two, MORNING), seed) is TransitionKind.CUT
    assert page_turn(shot(page - 1, Mood.CALM), shot(page, Mood.SAD), seed) is not TransitionKind.FADE


def test_without_settings_a_calm_film_dissolves_and_a_film_of_many_moods_is_varied_but_mostly_dissolves() -> None:
    assert set(turns([(Mood.CALM, None)] * 20, 3)) == {TransitionKind.DISSOLVE}
    story = [Mood.CALM, Mood.WONDER, Mood.PLAYFUL, Mood.TENSE, Mood.SAD, Mood.CALM, Mood.JOYFUL, Mood.TRIUMPHANT]
    counts = Counter(turn for seed in range(200) for turn in turns([(mood, None) for mood in story], seed))
    assert counts.most_common(1)[0][0] is TransitionKind.DISSOLVE
    assert counts[TransitionKind.SLIDE] > 100
    assert counts[TransitionKind.WIPE] > 100


@pytest.mark.parametrize(
    ("after", "calm", "playful"),
    [
        (MORNING, {TransitionKind.CUT}, {TransitionKind.CUT, TransitionKind.SLIDE}),
        (
            Setting(place="forest", time=TimeOfDay.DAWN),
            {TransitionKind.DISSOLVE},
            {TransitionKind.DISSOLVE, TransitionKind.WIPE},
        ),
        (
            Setting(place="meadow", time=TimeOfDay.DAY),
            {TransitionKind.DISSOLVE},
            {TransitionKind.DISSOLVE, TransitionKind.WIPE},
        ),
        (Setting(place="meadow", time=TimeOfDay.NIGHT), {TransitionKind.FADE}, {TransitionKind.FADE}),
    ],
)
def test_a_change_of_place_or_hour_is_seen_in_how_the_page_is_turned(
    after: Setting, calm: set[TransitionKind], playful: set[TransitionKind]
) -> None:
    for mood, kinds in ((Mood.CALM, calm), (Mood.PLAYFUL, playful)):
        assert {page_turn(shot(1, mood, MORNING), shot(2, mood, after), seed) for seed in range(40)} == kinds


@given(SEEDS, MOODS, st.sampled_from(list(TimeOfDay)), st.sampled_from(list(TimeOfDay)))
def test_the_film_goes_through_black_when_night_falls_or_a_day_passes_and_not_from_hour_to_hour(
    seed: int, mood: Mood, before: TimeOfDay, after: TimeOfDay
) -> None:
    one, two = Setting(place="a", time=before), Setting(place="b", time=after)
    turn = page_turn(shot(1, Mood.SAD, one), shot(2, mood, two), seed)
    hours = list(TimeOfDay)
    is_later_by_day = hours.index(before) <= hours.index(after) < hours.index(TimeOfDay.NIGHT)
    assert (turn is TransitionKind.FADE) is not (is_later_by_day or before is after)
