"""A long piece from short windows: how it is cut, and that nobody hears where it was joined."""

import math
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Mood
from services.music.form import Section
from services.music.prompts import PROMPTS, prompt
from services.music.wav_file import PEAK, RATE_HZ, Draft, Samples
from services.music.windows import Seams, windows
from talestream.errors import Cancelled

FRAME_RATE = 50.0
LONGEST, OVERLAP = 1500, 300
pieces = st.lists(
    st.builds(Section, mood=st.sampled_from(Mood), duration_s=st.floats(0.2, 200)), min_size=1, max_size=8
)


@given(pieces)
def test_windows_make_every_second_of_a_piece_and_not_a_frame_too_many(parts: list[Section]) -> None:
    planned = windows(parts, FRAME_RATE, LONGEST, OVERLAP)
    made = 0
    for window in planned:
        assert window.new > 0
        assert window.heard == min(OVERLAP, made)
        assert window.heard + window.new <= LONGEST
        made += window.new
    length_s = sum(part.duration_s for part in parts)
    assert length_s * FRAME_RATE - 1e-6 <= made < length_s * FRAME_RATE + 1 + 1e-6
    assert {window.mood for window in planned} <= {part.mood for part in parts}


def test_a_mood_that_does_not_fit_into_one_window_has_several_of_about_one_length() -> None:
    planned = windows([Section(Mood.CALM, 70), Section(Mood.SAD, 5)], FRAME_RATE, LONGEST, OVERLAP)
    assert [window.mood for window in planned] == [Mood.CALM] * 3 + [Mood.SAD]
    assert max(window.new for window in planned[:3]) < 1.3 * min(window.new for window in planned[:3])


def test_every_mood_has_words_and_the_style_is_added() -> None:
    assert set(PROMPTS) == set(Mood)
    assert len(set(PROMPTS.values())) == len(Mood)
    assert prompt(Mood.SAD, "piano trio") == f"{PROMPTS[Mood.SAD]}, piano trio"
    assert prompt(Mood.SAD, "") == PROMPTS[Mood.SAD]


def tone(start: int, stop: int, phase: float = 0.0) -> Samples:
    """A stereo tone without harmonics: any jump in it is heard, and measured, above its own frequency."""
    at = np.arange(start, stop) / 32_000
    return np.repeat(0.5 * np.sin(2 * np.pi * 220 * at + phase)[:, None], 2, axis=1).astype(np.float32)


def click(sound: Samples) -> float:
    """The loudest moment of what is left of a smooth sound after differentiating it four times."""
    return float(np.abs(np.diff(sound[:, 0], n=4)).max())


def joined(pieces: list[tuple[Samples, int]], fade: int) -> Samples:
    seams = Seams(fade)
    return np.concatenate([*(seams.add(window, heard) for window, heard in pieces), seams.rest()])


def test_windows_of_one_sound_are_joined_to_that_sound() -> None:
    pieces = [(tone(0, 32_000), 0), (tone(24_000, 60_000), 8_000), (tone(59_000, 90_000), 1_000)]
    assert joined(pieces, 4_000) == pytest.approx(tone(0, 90_000), abs=1e-4)


def test_a_seam_between_different_sounds_does_not_click() -> None:
    pieces = [(tone(0, 32_000), 0), (tone(24_000, 60_000, phase=2.0), 8_000)]
    whole = joined(pieces, 4_000)
    cut = np.concatenate([tone(0, 32_000), tone(32_000, 60_000, phase=2.0)])
    assert len(whole) == len(cut) == 60_000
    usual = click(tone(0, 60_000))
    assert click(cut) > 1000 * usual, "the instrument hears a hard cut"
    assert click(whole) < 2 * usual


def test_a_window_that_is_shorter_than_the_fade_is_joined_too() -> None:
    pieces = [(tone(0, 1_000), 0), (tone(0, 1_600), 1_000), (tone(600, 2_000), 1_000)]
    assert joined(pieces, 4_000) == pytest.approx(tone(0, 2_000), abs=1e-4)


def test_a_track_is_brought_to_one_level_and_fades_out(tmp_path: Path) -> None:
    target = tmp_path / "track.wav"
    with Draft(target) as draft:
        for start in range(0, 88_200, 10_000):
            draft.add(0.1 * tone(start, min(start + 10_000, 88_200)))
        draft.finish(0.5)
    assert [path.name for path in tmp_path.iterdir()] == ["track.wav"]
    with wave.open(str(target)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate(), wav.getnframes()) == (2, 2, RATE_HZ, 88_200)
        sound = np.frombuffer(wav.readframes(88_200), "<i2").reshape(-1, 2) / 32767
    assert np.abs(sound).max() == pytest.approx(PEAK, abs=0.01)
    assert np.abs(sound[-44:]).max() < 0.002
    level = [
        math.sqrt(np.mean(sound[at : at + 4_410] ** 2)) for at in range(len(sound) - RATE_HZ // 2, len(sound), 4_410)
    ]
    assert level == sorted(level, reverse=True)


def test_an_unfinished_track_leaves_no_file_behind(tmp_path: Path) -> None:
    def stopped() -> None:
        with Draft(tmp_path / "track.wav") as draft:
            draft.add(tone(0, 1_000))
            raise Cancelled

    with pytest.raises(Cancelled):
        stopped()
    assert list(tmp_path.iterdir()) == []
