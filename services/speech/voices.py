"""The voices that come with Talestream."""

from dataclasses import dataclass
from typing import Literal

from schemas import Language
from talestream.errors import BadInput

EngineName = Literal["hibari", "kokoro"]

HEART = "heart"
"""hibari's voice; its teacher is Kokoro's ``af_heart``, which says what hibari cannot."""
HEART_TEACHER = "af_heart"
NARRATORS: dict[Language, str] = {"en": HEART, "zh": "zf_xiaoxiao"}
"""Who tells a story when nobody was chosen."""

_KOKORO = """
af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis
zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
"""


@dataclass(frozen=True)
class Voice:
    """A voice: whose it is, its mother tongue and the engine that speaks with it."""

    name: str
    language: Language
    engine: EngineName

    @property
    def is_british(self) -> bool:
        """Whether its English is British."""
        return self.engine == "kokoro" and self.name.startswith("b")


VOICES: dict[str, Voice] = {HEART: Voice(HEART, "en", "hibari")} | {
    name: Voice(name, "zh" if name.startswith("z") else "en", "kokoro") for name in _KOKORO.split()
}


def voice_named(name: str | None, language: Language) -> Voice:
    """The voice of that name, or the narrator of the language. BadInput with the known names when there is none."""
    chosen = name or NARRATORS[language]
    if chosen not in VOICES:
        known = "; ".join(
            f"{tongue}: {', '.join(voice.name for voice in VOICES.values() if voice.language == tongue)}"
            for tongue in NARRATORS
        )
        raise BadInput(f"there is no voice {chosen!r}; known voices are {known}")
    return VOICES[chosen]
