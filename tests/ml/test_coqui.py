"""The narrator ``coqui`` with a VITS model, loaded from disk as a user's is."""

import io
import json
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from schemas import Character, Narration, SpeechRequested, WordTimes
from services.speech.coqui import CoquiNarrator
from services.speech.recording import SILENT_SEGMENT_S
from services.speech.stage import narrate
from talestream.errors import BadInput, Cancelled, StageError, UserMustAct
from talestream.model_errors import OutOfMemory
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings, SpeechModelSettings
from tests.ml.hand import CancelAtStep, context
from tests.ml.tiny_voices import SPEAKERS, VITS_RATE_HZ, build_vits

RUBY = Character(name="Ruby", kind="fox")
ULLA = Character(name="Ulla", kind="owl")
STORY = ("A fox looked at the moon. It was far.", "“It is far,” said Ulla.", "Ruby said: “Well, well!”")


@pytest.fixture(scope="module")
def vits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_vits(tmp_path_factory.mktemp("models") / "vits")


@pytest.fixture(scope="module")
def held() -> Models:
    return Models(ModelSettings())


Speak = Callable[..., CoquiNarrator]


@pytest.fixture
def narrator(vits: Path, held: Models) -> Speak:
    """A narrator with the tiny model, and other settings where they are given."""

    def made(**settings: Any) -> CoquiNarrator:
        own = SpeechModelSettings(**{"model": str(vits), **settings})
        return CoquiNarrator(own, ModelSettings(), held)

    return made


def asked(*segments: str, **more: Any) -> SpeechRequested:
    return SpeechRequested.model_validate({"task_id": 5, "page": 2, "segments": segments or STORY, "seed": 7, **more})


def sound(speaker: CoquiNarrator, text: str = "A fox looked.", voice: str | None = None, **more: Any) -> bytes:
    """The recording of one segment."""
    request = asked(text, **more)
    (speech,) = speaker.speak_page(request, speaker.voice_for(voice, request.language))
    return speech.wav()


def length_s(recording: bytes) -> float:
    with wave.open(io.BytesIO(recording)) as wav:
        return wav.getnframes() / wav.getframerate()


async def test_a_page_is_spoken_at_the_models_own_rate_with_the_time_of_every_word(
    narrator: Speak, tmp_path: Path
) -> None:
    ctx = context(asked(), tmp_path, narrator())
    narration: Narration = await narrate(asked(), ctx)

    assert narration.sample_rate_hz == VITS_RATE_HZ
    assert narration.voice == SPEAKERS[0]
    assert [clip.text for clip in narration.clips] == list(STORY)
    for clip in narration.clips:
        with wave.open(io.BytesIO(await ctx.get(clip.audio.uri))) as wav:
            assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, VITS_RATE_HZ)
            assert clip.duration_s == pytest.approx(wav.getnframes() / VITS_RATE_HZ)
        assert clip.words is not None
        words = WordTimes.model_validate_json(await ctx.get(clip.words.uri)).words
        assert " ".join(word.text for word in words) == clip.text
        times = [time for word in words for time in (word.start_s, word.end_s)]
        assert times == sorted(times)
        assert 0 < times[0] < times[-1] == clip.last_word_s < clip.duration_s
        assert clip.audio.provider == "coqui"
        assert clip.audio.seed == 7


def test_a_word_lasts_as_long_as_the_model_says_that_its_signs_do(narrator: Speak) -> None:
    speaker = narrator()
    (speech,) = speaker.speak_page(asked("A fox looked."), SPEAKERS[0])
    assert speech.parameters["word_times"] == "durations"
    with speaker.loaded() as model:
        network = model.network
        signs = network.tokenizer.decode(network.tokenizer.text_to_ids("A fox looked.", language="en"))
        assert signs.replace("<BLNK>", "") == "a fox looked."
        torch.manual_seed(0)
        said = network.synthesize("A fox looked.", speaker=SPEAKERS[0])
    frames = said["outputs"]["durations"].flatten().tolist()
    frame_s = said["wav"].size / sum(frames) / VITS_RATE_HZ
    ends_s = [sum(frames[: place + 1]) * frame_s for place in range(len(frames))]
    starts_s = [0.0, *ends_s]
    expected = [
        (starts_s[1], ends_s[1]),
        (starts_s[5], ends_s[9]),
        (starts_s[13], ends_s[23]),
    ]  # each sign after a blank
    first = expected[0][0] - speech.words[0].start_s
    found = [(word.start_s + first, word.end_s + first) for word in speech.words]
    assert found[:2] == [pytest.approx(span, abs=1e-3) for span in expected[:2]]
    assert found[2][0] == pytest.approx(expected[2][0], abs=1e-3)


def test_chinese_is_timed_character_by_character(narrator: Speak) -> None:
    (speech,) = narrator().speak_page(asked("狐狸看月亮。", language="zh"), SPEAKERS[0])
    assert [word.text for word in speech.words] == ["狐", "狸", "看", "月", "亮。"]
    assert len({word.start_s for word in speech.words}) == 5


def test_each_character_has_a_voice_that_is_the_same_on_every_page(narrator: Speak) -> None:
    def voices(*segments: str, page: int, **settings: Any) -> list[list[str]]:
        request = asked(*segments, page=page, characters=(RUBY, ULLA))
        return [
            [voice for voice in str(speech.parameters.get("other_voices", "")).split(", ") if voice]
            for speech in narrator(**settings).speak_page(request, SPEAKERS[0])
        ]

    none, (ulla,), (ruby,) = voices(*STORY, page=1)
    assert none == []
    assert len({SPEAKERS[0], ulla, ruby}) == 3
    assert voices("“Far!” said Ulla.", "“Near!” said Ruby.", page=9) == [[ulla], [ruby]]
    chosen = voices(*STORY, page=1, voices={"owl": SPEAKERS[3], "ruby": SPEAKERS[2]})
    assert chosen == [[], [SPEAKERS[3]], [SPEAKERS[2]]]


def test_a_quotation_sounds_as_its_speaker(narrator: Speak) -> None:
    request = asked("“Far!” said Ulla.", characters=(RUBY, ULLA))
    (quoted,) = narrator().speak_page(request, SPEAKERS[0])
    (plain,) = narrator().speak_page(asked("“Far!” said Ulla."), SPEAKERS[0])
    assert quoted.wav() != plain.wav()
    assert [word.text for word in quoted.words] == [word.text for word in plain.words]


def test_every_speaker_of_the_model_is_a_voice_and_others_are_refused(narrator: Speak) -> None:
    assert len({sound(narrator(), voice=voice) for voice in SPEAKERS}) == len(SPEAKERS)
    assert narrator(speaker="cleo").voice_for(None, "en") == "cleo"
    with pytest.raises(BadInput, match="anna, bert, cleo, dora"):
        narrator().voice_for("nobody", "en")
    with pytest.raises(UserMustAct, match="nobody"):
        list(narrator(voices={"owl": "nobody"}).speak_page(asked(), SPEAKERS[0]))


def test_a_model_of_one_speaker_has_one_voice(tmp_path: Path) -> None:
    own = SpeechModelSettings(model=str(build_vits(tmp_path / "single", speakers=("only",))))
    speaker = CoquiNarrator(own, ModelSettings(), Models(ModelSettings()))
    assert speaker.voice_for(None, "en") == "default"
    (speech,) = speaker.speak_page(asked("“Far!” said Ulla.", characters=(ULLA,)), "default")
    assert speech.samples.any()


def test_a_language_that_the_model_does_not_speak_is_refused(narrator: Speak) -> None:
    assert narrator(language="en").voice_for(None, "en") == SPEAKERS[0]
    with pytest.raises(BadInput, match="does not speak 'zh'"):
        narrator(language="en").voice_for(None, "zh")


@pytest.mark.parametrize("text", ["😀", "…", "123"])
def test_what_the_model_has_no_letters_for_is_a_pause(narrator: Speak, text: str) -> None:
    (speech,) = narrator().speak_page(asked(text), SPEAKERS[0])
    assert speech.duration_s == pytest.approx(SILENT_SEGMENT_S)
    assert not speech.samples.any()
    assert [word.text for word in speech.words] == [text]


def test_letters_of_other_scripts_are_said_in_latin_ones(narrator: Speak) -> None:
    (speech,) = narrator().speak_page(asked("Ωμέγα"), SPEAKERS[0])
    assert speech.samples.any()
    assert speech.words[0].end_s > speech.words[0].start_s


def test_the_seed_decides_the_sound_and_nothing_else_draws(narrator: Speak) -> None:
    torch.manual_seed(1)
    before = torch.rand(1)
    torch.manual_seed(1)
    first = sound(narrator(), seed=3)
    assert torch.rand(1) == before
    assert first == sound(narrator(), seed=3)
    assert first != sound(narrator(), seed=4)


def test_slower_speech_is_longer(narrator: Speak) -> None:
    assert length_s(sound(narrator(), STORY[0], speed=0.5)) > 1.4 * length_s(sound(narrator(), STORY[0], speed=2.0))


@pytest.mark.parametrize("sentence", [1, 2])
async def test_a_cancelled_page_stops_before_its_next_sentence(narrator: Speak, sentence: int, tmp_path: Path) -> None:
    cancelled = CancelAtStep(sentence)
    ctx = context(asked(), tmp_path, narrator(), cancelled)
    told: list[str] = []
    ctx.on_progress = lambda _fraction, note: told.append(note)
    with pytest.raises(Cancelled):
        await narrate(asked(), ctx)
    assert cancelled.asked == sentence
    assert [note for note in told if "sentences" in note] == ["1 of 4 sentences spoken"][: sentence - 1]
    assert ctx.artifacts == []


async def test_an_attempt_after_one_that_was_stopped_speaks_the_page_as_if_it_had_been_the_first(
    narrator: Speak, tmp_path: Path
) -> None:
    undisturbed = list(narrator().speak_page(asked(), SPEAKERS[0]))
    with pytest.raises(Cancelled):
        await narrate(asked(), context(asked(), tmp_path, narrator(), CancelAtStep(3)))
    ctx = context(asked(), tmp_path, narrator(), threading.Event())
    narration = await narrate(asked(), ctx)
    assert [await ctx.get(clip.audio.uri) for clip in narration.clips] == [speech.wav() for speech in undisturbed]


def fails(model: Path, **settings: Any) -> StageError:
    """What a narrator says of a model."""
    own = SpeechModelSettings(model=str(model), **settings)
    with pytest.raises(StageError) as caught:
        CoquiNarrator(own, ModelSettings(), Models(ModelSettings())).voice_for(None, "en")
    return caught.value


def test_a_model_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        error = fails(path)
        assert (error.code, error.retryable) == ("model-missing", False)
        assert str(path) in error.message
        assert error.remedy


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("config.json", "{", "model-broken"),
        ("config.json", "{}", "model-broken"),
        ("config.json", json.dumps({"model": "tacotron2"}), "model-unsupported"),
        ("model.pth", "PK", "model-broken"),
        ("config.json", None, "model-missing"),
        ("model.pth", None, "model-missing"),
    ],
)
def test_broken_files_are_told_and_a_model_that_is_put_right_is_loaded(
    file: str, content: str | None, code: str, tmp_path: Path
) -> None:
    folder = build_vits(tmp_path / "vits")
    whole = (folder / file).read_bytes()
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content)
    held = Models(ModelSettings())
    speaker = CoquiNarrator(SpeechModelSettings(model=str(folder)), ModelSettings(), held)
    with pytest.raises(UserMustAct) as caught:
        speaker.voice_for(None, "en")
    assert caught.value.code == code
    (folder / file).write_bytes(whole)
    assert speaker.voice_for(None, "en") == SPEAKERS[0]


def test_a_sentence_for_which_there_is_no_memory_may_be_tried_again(
    narrator: Speak, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = narrator()
    with speaker.loaded() as model:
        monkeypatch.setattr(model.network, "inference", lambda *_args, **_more: torch.empty(1 << 60))
        with pytest.raises(OutOfMemory) as caught:
            sound(speaker)
        assert caught.value.retryable
        monkeypatch.undo()
    assert length_s(sound(speaker)) > 0.2
