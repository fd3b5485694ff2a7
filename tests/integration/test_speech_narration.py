"""The speech stage with its embedded voices, heard by speech recognition."""

import io
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from schemas import Language, Narration, SpeechRequested, WordTimes
from services.speech.model_files import MODEL, assemble_model, is_assembled, set_up
from services.speech.narrator import EmbeddedNarrator
from services.speech.providers import embedded
from services.speech.stage import narrate
from talestream.assets import assets_folder, missing_packages
from talestream.embedded.setup import set_up as set_up_assets
from talestream.errors import BadInput, Cancelled
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.asr import chinese_pinyin_error, english_wer, transcribe
from tests.folder_store import FolderStore

ENGLISH = (
    "Once upon a time, in a quiet valley, there lived a little fox named Ruby who wanted to touch the moon.",
    "“It is too far away,” said the old owl, blinking slowly in the branches above.",
    "At half past seven the wind began to howl, and 12 tiny fireflies came to show her the way.",
    "When she reached the lake, the moon was floating gently on the water.",
)
CHINESE = (
    "从前，在一个安静的山谷里，住着一只名叫小红的小狐狸。",
    "可是小红没有放弃，她带上3个苹果和一条红围巾出发了。",
    "小红伸出爪子轻轻一碰，水面上泛起了金色的波纹。",
)


@pytest.fixture(scope="module")
def narrator() -> EmbeddedNarrator:
    assets = assets_folder()
    if missing_packages(assets) or not is_assembled(assets / MODEL):
        set_up_assets(assets, lambda _note: None)
    return embedded()


def context(request: SpeechRequested, folder: Path) -> StageContext:
    return StageContext(request, FolderStore(folder), Providers(), folder)


def asked(segments: tuple[str, ...], language: Language = "en", **more: object) -> SpeechRequested:
    return SpeechRequested.model_validate(
        {"task_id": 5, "page": 2, "segments": segments, "language": language, "seed": 7, **more}
    )


async def told(request: SpeechRequested, folder: Path) -> tuple[Narration, list[Path], list[WordTimes]]:
    ctx = context(request, folder)
    narration = await narrate(request, ctx)
    sounds, times = [], []
    for clip in narration.clips:
        sounds.append(await ctx.fetch(clip.audio.uri, Path(clip.audio.path).name))
        assert clip.words is not None
        times.append(WordTimes.model_validate_json(await ctx.get(clip.words.uri)))
    return narration, sounds, times


def levels(sound: Path) -> tuple[np.ndarray, float]:
    """The level of a file in steps of 5 ms, and its length in seconds."""
    with wave.open(io.BytesIO(sound.read_bytes())) as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (1, 2)
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float64)
        step = wav.getframerate() // 200
        whole = samples[: len(samples) // step * step].reshape(-1, step)
        return np.sqrt((whole**2).mean(axis=1)), len(samples) / wav.getframerate()


@pytest.mark.parametrize(("language", "segments"), [("en", ENGLISH), ("zh", CHINESE)])
async def test_a_page_is_understood_and_its_words_are_timed(
    narrator: EmbeddedNarrator, language: Language, segments: tuple[str, ...], tmp_path: Path
) -> None:
    narration, sounds, times = await told(asked(segments, language), tmp_path)

    heard = [transcribe(sound, language) for sound in sounds]
    if language == "en":
        assert english_wer(" ".join(segments), " ".join(heard)) <= 0.08
    else:
        assert chinese_pinyin_error("".join(segments), "".join(heard)) <= 0.10

    assert [clip.audio.path.rpartition("/")[2] for clip in narration.clips] == [
        f"s2_{number}.wav" for number in range(1, len(segments) + 1)
    ]
    for clip, sound, timed, text in zip(narration.clips, sounds, times, segments, strict=True):
        assert (" " if language == "en" else "").join(word.text for word in timed.words) == text
        level, length_s = levels(sound)
        assert clip.duration_s == pytest.approx(length_s, abs=1e-3)
        loud = np.flatnonzero(level > 0.02 * level.max()) / 200
        assert clip.first_word_s == pytest.approx(loud[0], abs=0.06)
        assert clip.last_word_s == pytest.approx(loud[-1], abs=0.06)
        assert 0.1 <= clip.duration_s - clip.last_word_s <= 0.4
        ends = [time for word in timed.words for time in (word.start_s, word.end_s)]
        assert ends == sorted(ends)
        assert clip.audio.provider == "embedded"
        assert clip.audio.seed == 7


def test_numbers_names_and_the_other_language_are_spoken(narrator: EmbeddedNarrator) -> None:
    for language, text in (
        ("en", "Dr. Li paid $5 at 10:30 a.m. on May 3, 1999. The word 月亮 means moon, e.g. 3.5 km away!"),
        ("zh", "2024年3月5日10:30，Tom和Ruby花了¥20，走了3.5公里，还剩50%。"),
    ):
        speech = narrator.speak(text, language=language, voice=narrator.voice_for(None, language), speed=1.0, seed=0)
        spoken = [word.text for word in speech.words if any(map(str.isalnum, word.text))]
        silent = [word.text for word in speech.words if word.text in spoken and word.end_s - word.start_s < 0.03]
        assert set(silent) <= {"a"}


@pytest.mark.parametrize("text", ["", " \n", "😀", "…", "\x00\x01", "-", "((("])
def test_a_segment_with_nothing_to_say_is_a_pause(narrator: EmbeddedNarrator, text: str) -> None:
    for language in ("en", "zh"):
        speech = narrator.speak(text, language=language, voice=narrator.voice_for(None, language), speed=1.0, seed=0)
        assert 0.3 < speech.duration_s < 1.5
        assert not speech.samples.any()


def test_the_same_seed_gives_the_same_sound(narrator: EmbeddedNarrator) -> None:
    first, second, other = (
        narrator.speak("Hush, little fox.", language="en", voice="heart", speed=1.0, seed=seed).wav()
        for seed in (3, 3, 4)
    )
    assert first == second
    assert first != other


def test_slower_speech_is_longer(narrator: EmbeddedNarrator) -> None:
    slow, fast = (
        narrator.speak(ENGLISH[0], language="en", voice="heart", speed=speed, seed=0).duration_s for speed in (0.7, 1.4)
    )
    assert slow > 1.5 * fast


async def test_an_unknown_voice_is_refused(tmp_path: Path) -> None:
    request = asked(("Hello.",), voice="nobody")
    with pytest.raises(BadInput, match="heart"):
        await narrate(request, context(request, tmp_path))


async def test_a_cancelled_page_stops_at_the_next_phrase(narrator: EmbeddedNarrator, tmp_path: Path) -> None:
    request = asked(ENGLISH)
    cancelled = threading.Event()
    ctx = context(request, tmp_path)
    ctx.cancelled = cancelled
    ctx.on_progress = lambda _fraction, _note: cancelled.set()
    with pytest.raises(Cancelled):
        await narrate(request, ctx)
    assert len(ctx.artifacts) == 2


def test_the_model_is_assembled_whole_and_only_once(tmp_path: Path) -> None:
    notes: list[str] = []
    set_up(tmp_path, notes.append)
    set_up(tmp_path, notes.append)
    assert len(notes) == 1
    assert is_assembled(tmp_path / MODEL)
    assert [path.name for path in (tmp_path / MODEL).parent.iterdir()] == [MODEL.name]


def test_a_model_that_was_cut_short_is_assembled_again(tmp_path: Path) -> None:
    target = tmp_path / MODEL
    assemble_model(target)
    with target.open("r+b") as file:
        file.truncate(1000)
    assert not is_assembled(target)
    set_up(tmp_path, lambda _note: None)
    assert is_assembled(target)
