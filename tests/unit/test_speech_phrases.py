"""Phrases, and the recording that is made of them."""

import io
import wave

import numpy as np
import pytest

from services.speech.characters import speakable
from services.speech.interjections import said_as_sound
from services.speech.phrase import Phrase, Syllables, phrases_of
from services.speech.recording import LEAD_S, SILENT_SEGMENT_S, join
from services.speech.sound import SAMPLE_RATE_HZ, Sound
from services.speech.voices import voice_named
from talestream.errors import BadInput


def phrase(*words: tuple[str, str]) -> Phrase:
    (only,) = phrases_of(Syllables(*word) for word in words)
    return only


def sound_for(phrase: Phrase, phoneme_s: float = 0.1, before_s: float = 0.5, after_s: float = 0.5) -> Sound:
    """A tone for every heard phoneme and silence elsewhere."""
    count = len(phrase.phonemes)
    starts = before_s + phoneme_s * np.arange(count + 1)
    samples = np.zeros(round((starts[-1] + after_s) * SAMPLE_RATE_HZ), np.float32)
    for word in phrase.words:
        start, end = (round(starts[index] * SAMPLE_RATE_HZ) for index in (word.start, word.end))
        samples[start:end] = 0.5 * np.sin(np.arange(end - start) * 0.1)
    return Sound(samples, starts)


def test_words_are_placed_among_the_phonemes_without_their_punctuation() -> None:
    made = phrase(("“Go,”", "“ɡO,”"), ("😀", ""), ("now!", "nW!"))
    assert made.phonemes == "“ɡO,” nW!"
    assert [made.phonemes[word.start : word.end] for word in made.words] == ["ɡO", "", "nW"]
    assert made.ending == "!"


def test_a_long_sentence_is_cut_after_a_comma() -> None:
    parts = list(phrases_of([Syllables("a,", "aaaa,"), Syllables("b", "bbbb"), Syllables("c", "dddd")], longest=12))
    assert [part.phonemes for part in parts] == ["aaaa,", "bbbb dddd"]


def test_an_endless_word_is_cut_anywhere() -> None:
    parts = list(phrases_of([Syllables("abcdef", "abcdefabcdef")], longest=5))
    assert "".join(part.phonemes for part in parts) == "abcdefabcdef"
    assert "".join(word.text for part in parts for word in part.words) == "abcdef"
    assert max(len(part.phonemes) for part in parts) <= 5


def test_phonemes_that_the_voices_do_not_know_are_left_out() -> None:
    assert phrase(("x", "a€b")).phonemes == "ab"


def test_every_clip_starts_with_the_same_short_silence_and_times_are_shifted_with_it() -> None:
    made = phrase(("one", "wʌn"), ("two.", "tu."))
    for before_s in (0.0, 0.02, 0.5):
        speech = join([(made, sound_for(made, before_s=before_s))], "m")
        assert speech.words[0].start_s == pytest.approx(LEAD_S, abs=0.001)
        assert [word.text for word in speech.words] == ["one", "two."]
        assert speech.words[1].start_s == pytest.approx(LEAD_S + 0.4, abs=0.001)
        assert speech.words[1].end_s == pytest.approx(LEAD_S + 0.6, abs=0.01)
        assert speech.duration_s == pytest.approx(LEAD_S + 0.6 + 0.28, abs=0.01)
        assert speech.heard == (speech.words[0].start_s, speech.words[1].end_s)


def test_silence_that_an_engine_counts_to_the_last_phoneme_is_not_part_of_the_word() -> None:
    made = phrase(("one.", "wʌn."))
    sound = sound_for(made)
    sound.samples[round(0.7 * SAMPLE_RATE_HZ) :] = 0
    speech = join([(made, sound)], "m")
    assert speech.words[0].end_s == pytest.approx(LEAD_S + 0.2, abs=0.01)


def test_words_of_several_phrases_follow_one_another() -> None:
    first, second = phrase(("one.", "wʌn.")), phrase(("😀", ""), ("two.", "tu."))
    speech = join([(first, sound_for(first)), (second, sound_for(second))], "m")
    times = [time for word in speech.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert speech.words[1].start_s == speech.words[1].end_s
    assert speech.words[-1].end_s < speech.duration_s


def test_a_segment_without_sound_is_a_short_pause() -> None:
    silent = phrase(("😀", ""))
    for spoken in ([], [(silent, None)]):
        speech = join(spoken, "m")
        assert speech.duration_s == pytest.approx(SILENT_SEGMENT_S)
        assert not speech.samples.any()
        assert speech.heard == (0.0, speech.duration_s)


def test_a_recording_is_a_mono_16_bit_wav() -> None:
    made = phrase(("one.", "wʌn."))
    with wave.open(io.BytesIO(join([(made, sound_for(made))], "m").wav())) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, SAMPLE_RATE_HZ)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a😀b", "ab"),
        ("a\x00b", "a b"),
        ("café", "café"),
        ("１２", "12"),
        ("Мир", "Mir"),
        ("月亮", "月亮"),
        ("“a”…", "“a”…"),
    ],
)
def test_only_what_can_be_said_is_kept(text: str, said: str) -> None:
    assert speakable(text) == said


def test_sounds_that_are_spelt_with_letters_are_not_spelt_out() -> None:
    assert said_as_sound("Shhhh") is not None
    assert said_as_sound("zzzz") is not None
    assert said_as_sound("she") is None


def test_an_unknown_voice_is_refused_with_the_known_names() -> None:
    with pytest.raises(BadInput, match="zf_xiaoxiao"):
        voice_named("nobody", "en")


def test_every_language_has_a_narrator() -> None:
    assert voice_named(None, "en").language == "en"
    assert voice_named(None, "zh").language == "zh"
