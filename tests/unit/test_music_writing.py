"""Music by rules: harmony, form, melody and voices."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Mood, Passage
from services.music.form import RING_S, bar_seconds, sections
from services.music.harmony import Key, voicing
from services.music.midi import to_midi
from services.music.moods import CHARACTERS, Mode
from services.music.score import BEATS, RANGES, Note, Score, Voice
from services.music.writing import write

pieces = settings(deadline=None, max_examples=40)

seeds = st.integers(0, 2**32 - 1)
stories = st.lists(
    st.builds(Passage, mood=st.sampled_from(Mood), duration_s=st.floats(0.2, 25)), min_size=1, max_size=8
)


def voice_of(score: Score, voice: Voice) -> list[Note]:
    return sorted((note for note in score.notes if note.voice is voice), key=lambda note: (note.bar, note.onset))


@pieces
@given(stories, seeds)
def test_a_piece_lasts_as_long_as_its_passages_and_rings_on_a_little(story: list[Passage], seed: int) -> None:
    spare_s = write(story, seed).duration_s - sum(passage.duration_s for passage in story)
    assert spare_s == pytest.approx(RING_S)
    assert 0 <= spare_s <= 4


@pieces
@given(stories, seeds)
def test_strong_beats_of_the_melody_are_tones_of_the_chord(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    strong = [note for note in voice_of(score, Voice.MELODY) if note.onset in {0, 2}]
    assert strong
    assert all(note.pitch % 12 in score.bars[note.bar].chord.classes for note in strong)


@pieces
@given(stories, seeds)
def test_weak_beats_stay_in_the_scale(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    for note in voice_of(score, Voice.MELODY):
        bar = score.bars[note.bar]
        assert note.pitch % 12 in bar.key.scale(bar.chord)


@pieces
@given(stories, seeds)
def test_the_voices_under_the_melody_play_the_chord(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    under = [note for note in score.notes if note.voice is not Voice.MELODY]
    assert all(note.pitch % 12 in score.bars[note.bar].chord.classes for note in under)


@pieces
@given(stories, seeds)
def test_every_voice_stays_in_its_range_and_its_bar(story: list[Passage], seed: int) -> None:
    for note in write(story, seed).notes:
        low, high = RANGES[note.voice]
        assert low <= note.pitch <= high
        assert 0 <= note.onset < BEATS
        assert note.length > 0
        assert 20 <= note.velocity <= 100


@pieces
@given(stories, seeds)
def test_each_bar_stands_on_its_root_and_has_a_full_chord(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    for number, bar in enumerate(score.bars):
        here = [note for note in score.notes if note.bar == number]
        first_low = min((note for note in here if note.voice is Voice.LOW), key=lambda note: note.onset)
        assert first_low.pitch % 12 == bar.chord.root
        held = {note.pitch % 12 for note in here if note.voice is Voice.HARMONY}
        assert held == set(bar.chord.classes[:3])


@pieces
@given(stories, seeds)
def test_held_chords_move_by_small_steps(story: list[Passage], seed: int) -> None:
    chords = [
        sorted(note.pitch for note in notes)
        for _, notes in groupby(voice_of(write(story, seed), Voice.HARMONY), key=lambda note: note.bar)
    ]
    for before, now in pairwise(chords):
        assert max(abs(a - b) for a, b in zip(before, now, strict=True)) <= 7


@pieces
@given(stories, seeds)
def test_a_piece_ends_on_its_tonic(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    last = len(score.bars) - 1
    assert score.bars[last].is_last
    assert score.bars[last].chord.root == score.bars[last].key.tonic
    final = [note for note in voice_of(score, Voice.MELODY) if note.bar == last]
    assert [note.pitch % 12 for note in final] == [score.bars[last].key.tonic]


def test_the_end_is_a_cadence_that_slows_down() -> None:
    score = write([Passage(mood=Mood.CALM, duration_s=30)], 4)
    dominant, tonic = score.bars[-2].chord, score.bars[-1].chord
    assert (dominant.root - tonic.root) % 12 == 7
    assert score.bars[-2].seconds > score.bars[-3].seconds > score.bars[-4].seconds


@pieces
@given(st.lists(st.tuples(st.sampled_from(Mood), st.floats(8, 25)), min_size=2, max_size=6), seeds)
def test_moods_change_with_the_passages_on_a_bar(story: list[tuple[Mood, float]], seed: int) -> None:
    score = write([Passage(mood=mood, duration_s=length) for mood, length in story], seed)
    starts = score.bar_starts_s
    at = 0.0
    for (mood, length), (after, _) in pairwise(story):
        at += length
        if mood is not after:
            number = min(range(len(score.bars)), key=lambda bar: abs(starts[bar] - at))
            assert starts[number] == pytest.approx(at, abs=1e-6)
            assert (score.bars[number - 1].mood, score.bars[number].mood) == (mood, after)


@pieces
@given(st.lists(st.tuples(st.sampled_from(Mood), st.floats(8, 25)), min_size=1, max_size=4), seeds)
def test_bars_keep_near_their_moods_tempo(story: list[tuple[Mood, float]], seed: int) -> None:
    for bar in write([Passage(mood=mood, duration_s=length) for mood, length in story], seed).bars[:-1]:
        assert 0.7 <= bar.seconds / bar_seconds(bar.mood) <= 1.6


@pieces
@given(st.sampled_from(Mood), st.sampled_from(Mood), seeds)
def test_the_theme_returns_when_the_mood_changes(mood: Mood, other: Mood, seed: int) -> None:
    """Wherever two sections open on the same chord, the strong beats of their openings are the same tones."""
    story = [Passage(mood=each, duration_s=16) for each in (mood, other, mood)]
    score = write(story, seed)
    strong = {(note.bar, note.onset): note.pitch for note in voice_of(score, Voice.MELODY) if note.onset == 0}
    openings = [number for number, bar in enumerate(score.bars) if bar.place == 0 and not bar.is_last]
    assert all((number, 0) in strong for number in openings)
    by_chord: dict[object, set[int]] = {}
    for number in openings:
        by_chord.setdefault((score.bars[number].key, score.bars[number].chord), set()).add(strong[number, 0])
    assert all(len(pitches) == 1 for pitches in by_chord.values())


@pytest.mark.parametrize("mood", Mood)
def test_every_mood_is_played_by_its_own_instruments(mood: Mood) -> None:
    piece = to_midi(write([Passage(mood=mood, duration_s=12)], 1))
    programs = {message.channel: message.program for message in piece if message.type == "program_change"}
    character = CHARACTERS[mood]
    assert programs == {
        Voice.MELODY.value: character.melody.program,
        Voice.HARMONY.value: character.harmony.program,
        Voice.AROUND.value: character.around.program,
        Voice.LOW.value: character.low.program,
    }


def test_moods_differ_in_key_tempo_and_instruments() -> None:
    looks = {(c.mode, c.tempo_bpm, c.melody.program, c.around.program) for c in CHARACTERS.values()}
    assert len(looks) == len(Mood)
    assert CHARACTERS[Mood.SAD].mode is CHARACTERS[Mood.TENSE].mode is Mode.MINOR


@pieces
@given(stories, seeds)
def test_the_same_passages_and_seed_give_the_same_piece(story: list[Passage], seed: int) -> None:
    assert write(story, seed) == write(story, seed)


def test_another_seed_gives_another_piece() -> None:
    story = [Passage(mood=Mood.JOYFUL, duration_s=30)]
    assert len({write(story, seed).notes for seed in range(8)}) == 8


@pieces
@given(stories, seeds)
def test_midi_lasts_as_long_as_the_score(story: list[Passage], seed: int) -> None:
    score = write(story, seed)
    piece = to_midi(score)
    assert piece.length == pytest.approx(score.duration_s, abs=0.01)
    sounding = [(message.channel, message.note) for message in piece if message.type == "note_on"]
    assert len(sounding) == len(score.notes)


@pieces
@given(st.lists(st.builds(Passage, mood=st.sampled_from(Mood), duration_s=st.floats(0.2, 25)), min_size=1, max_size=9))
def test_short_stretches_join_their_neighbours_and_no_time_is_lost(story: list[Passage]) -> None:
    parts = sections(story)
    assert sum(part.duration_s for part in parts) == pytest.approx(sum(passage.duration_s for passage in story))
    assert all(part.mood is not after.mood for part, after in pairwise(parts))


@pytest.mark.parametrize(
    ("numeral", "classes"), [("I", (0, 4, 7)), ("vi", (9, 0, 4)), ("V7", (7, 11, 2, 5)), ("ii", (2, 5, 9))]
)
def test_numerals_of_c_major_name_its_chords(numeral: str, classes: tuple[int, ...]) -> None:
    assert Key(0, Mode.MAJOR).chord(numeral).classes == classes


def test_the_dominant_of_a_minor_key_raises_its_leading_tone() -> None:
    key = Key(9, Mode.MINOR)
    dominant = key.chord("V")
    assert dominant.classes == (4, 8, 11)
    assert 8 in key.scale(dominant)
    assert 7 not in key.scale(dominant)
    assert 7 in key.scale()


def test_a_numeral_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="VIII"):
        Key(0, Mode.MAJOR).chord("VIII")


def test_common_tones_stay_where_they_are() -> None:
    key = Key(0, Mode.MAJOR)
    before = voicing(key.chord("I"), (), 50, 72)
    after = voicing(key.chord("vi"), before, 50, 72)
    assert len(set(before) & set(after)) == 2
