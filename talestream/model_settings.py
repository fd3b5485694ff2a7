"""The settings of real models: of all of them (``TALESTREAM_MODELS__…``), and of each stage's."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, HttpUrl, SecretStr, model_validator

Dtype = Literal["auto", "float32", "float16", "bfloat16"]


class ModelSettings(BaseModel):
    """How this process holds models, whichever they are."""

    folder: Path | None = Field(
        None, description="Where downloaded weights are kept; None: where each library keeps its"
    )
    allow_download: bool = Field(False, description="Whether a model that is not here is fetched when it is asked for")
    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto: the best that is there")
    dtype: Dtype = Field("auto", description="Of weights. auto: 32 bits on a CPU, 16 elsewhere")
    memory_mb: int | None = Field(
        None,
        ge=1,
        description="What models may take of a device, in MiB; None: 90 % of a GPU's, and of a CPU's no limit",
    )
    calls_at_once: int = Field(1, ge=1, description="Model calls that run on one device at a time")


class StageModel(BaseModel):
    """The model of one stage. None: as for all, or as its provider says."""

    model: str | None = Field(None, description="An id on the hub, or a folder or file on this machine")
    revision: str | None = Field(None, description="A commit, tag or branch of the hub")
    device: str | None = Field(None, pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    dtype: Dtype | None = None


class OpenAiSettings(BaseModel):
    """A server with OpenAI's interface: vLLM, llama.cpp, Ollama, DashScope, OpenAI itself."""

    base_url: HttpUrl | None = Field(None, description="Where it is, mostly with /v1 at the end; None: nowhere")
    api_key: SecretStr | None = None
    model: str | None = Field(None, description="The model's name at that server")
    response_format: Literal["auto", "json_schema", "json_object", "text"] = Field(
        "auto", description="How the answer's form is asked for; auto: the strictest that the server takes"
    )
    connect_s: float = Field(10, gt=0)
    silence_s: float = Field(120, gt=0, description="Until the first token, and between two")
    requests_per_minute: int | None = Field(
        None, ge=1, description="Of all workers together where there is Redis, else of each process; None: no limit"
    )
    extra: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of each request; one that is null is left out"
    )


class StoryModelSettings(StageModel):
    """Language models that write stories."""

    temperature: float = Field(0.8, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(4096, ge=16, description="Of one answer")
    attempts: int = Field(3, ge=1, le=10, description="How often an answer is asked for until it has the right form")
    pages_at_once: int = Field(
        10, ge=1, description="Pages that one answer may have; a longer story is written in parts"
    )
    text_characters: int = Field(4000, ge=200, description="Stretch of a long text that is read at once")
    longest_text: int | None = Field(
        None,
        ge=20,
        description="Characters of a page's narration, the longest text of an answer; None: 500, Chinese 200",
    )
    is_constrained: bool = Field(True, description="Whether a model that runs here is held to the answer's form")
    openai: OpenAiSettings = OpenAiSettings()


class SpeechModelSettings(StageModel):
    """Coqui's models, by the provider ``coqui``. ``model``: a name of its catalogue, a folder or a file."""

    config: Path | None = Field(None, description="The configuration of a file; None: config.json beside it")
    language: str | None = Field(None, description="What a model of one language speaks; orders in others are refused")
    speaker: str | None = Field(None, description="The voice of the narrator; None: the model's first")
    speaker_wav: dict[str, tuple[Path, ...]] = Field(
        default_factory=dict, description='Voices cloned from recordings: {"grandma": ["grandma.wav"]}'
    )
    voices: dict[str, str] = Field(
        default_factory=dict, description='Voices of characters, by name or kind: {"owl": "grandma"}; others are drawn'
    )


class MusicModelSettings(StageModel):
    """MusicGen, by the provider ``musicgen``."""

    style: str = Field(
        "warm storybook film score, instrumental, high quality",
        max_length=500,
        description="Added to each mood's words",
    )
    guidance: float = Field(3.0, ge=1, description="How closely the words are followed; 1: half the work, little heed")
    temperature: float = Field(1.0, gt=0)
    top_k: int = Field(250, ge=1)
    window_s: float = Field(30, ge=2, description="What the model hears and makes at a time; it was trained on 30 s")
    overlap_s: float = Field(6, ge=1, description="What it hears again of what there is, to go on from")

    @model_validator(mode="after")
    def _leave_room_for_new(self) -> Self:
        if self.overlap_s > self.window_s / 2:
            raise ValueError(
                f"of a window of {self.window_s} s, {self.overlap_s} s may not be heard again: at most half"
            )
        return self
