"""How well words are timed whose voice does not tell: by a reference, and by their letters.

    python -m bench.word_times

Embedded voices, whose times are exact, say stories in tempos that their reference does not have. Prints the error of
each word's start in seconds, and what finding a second of sound's words takes; last, the figures as JSON.
"""

import json
import time
from collections.abc import Iterator

import numpy as np

from schemas import Language, StoryRequested
from services.speech.narrator import EmbeddedNarrator
from services.speech.providers import embedded
from services.speech.recording import Speech
from services.speech.word_times import by_letters, by_reference
from services.speech.written import is_said
from services.story.writer import GrammarWriter

SPOKEN: dict[Language, tuple[str, tuple[str, ...]]] = {
    "en": ("a fox who wants to touch the moon", ("am_michael", "bf_emma")),
    "zh": ("一只想摸月亮的小狐狸", ("zm_yunxi", "zf_xiaoyi")),
}
"""A topic in each language, and the voices that are timed."""
TEMPOS = (0.9, 1.1)
PAGES = 4


def sentences(language: Language) -> Iterator[str]:
    """The pages of two stories."""
    topic, _ = SPOKEN[language]
    for seed in (1, 2):
        request = StoryRequested(task_id=1, topic=topic, seed=seed, page_count=PAGES, language=language)
        yield from (page.story for page in GrammarWriter().write(request).pages)


def said(narrator: EmbeddedNarrator, text: str, language: Language, voice: str, speed: float = 1.0) -> Speech:
    """A text in a voice."""
    return narrator.speak(text, language=language, voice=voice, speed=speed, seed=0)


def measure(language: Language) -> dict[str, float | int]:
    """The errors in one language."""
    narrator, errors, heard_s, spent_s = embedded(), {"reference": [], "letters": []}, 0.0, 0.0
    own = narrator.voice_for(None, language)
    for text in sentences(language):
        reference = said(narrator, text, language, own)
        for voice, tempo in zip(SPOKEN[language][1], TEMPOS, strict=True):
            speech = said(narrator, text, language, voice, tempo)
            exact = [word for word in speech.words if is_said(word.text)]
            words, sound = [word.text for word in exact], (speech.samples, speech.sample_rate_hz)
            began = time.perf_counter()
            carried = by_reference(words, *sound, reference.samples, reference.sample_rate_hz, reference.words)
            spent_s += time.perf_counter() - began
            heard_s += speech.duration_s
            for way, spans in (("reference", carried), ("letters", by_letters(words, *sound))):
                errors[way] += [abs(start_s - word.start_s) for (start_s, _), word in zip(spans, exact, strict=True)]
    row: dict[str, float | int] = {"words": len(errors["letters"]), "seconds_a_second": round(spent_s / heard_s, 4)}
    for way, found in errors.items():
        row |= {
            f"{way}_mean_s": round(float(np.mean(found)), 4),
            f"{way}_p90_s": round(float(np.quantile(found, 0.9)), 4),
        }
    return row


def main() -> None:
    """Both languages."""
    found = {language: measure(language) for language in SPOKEN}
    for language, row in found.items():
        print(language, *(f"{name} {value}" for name, value in row.items()), sep="  ")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
