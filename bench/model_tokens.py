"""How fast SmolLM2 writes, by transformers and by llama.cpp; part of ``bench.models``.

Both through the story stage's own code, from the same GGUF file, with the same question and the same number of tokens,
each in a process of its own: freely, and held to a JSON Schema. llama.cpp serves itself within that process.
"""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.story.chat import ChatModel, Message, Question
from talestream.model_settings import ModelSettings, OpenAiSettings, StoryModelSettings

TOKENS = 128
RUNS = 3
ASKED = "Write a very long story about a fox who wants to touch the moon, with many adventures on his way."
SENTENCES = {"type": "array", "minItems": 50, "items": {"type": "string", "minLength": 20, "maxLength": 60}}
"""What the answer is held to: longer than what it may have."""


@dataclass(frozen=True)
class Writing:
    """What one engine takes and does, on this machine."""

    engine: str
    load_s: float
    """From a process that knows nothing of models to one that can answer."""
    loaded_mib: float
    """Resident memory of the process then."""
    peak_mib: float
    first_token_s: float
    """Of the first question, which no cache knows."""
    tokens_s: float
    """Median over the runs, of the tokens behind the first."""
    held_tokens_s: float
    """The same, with each token held to the schema."""


def transformers(file: Path) -> Writing:
    """The provider ``transformers``, whose weights are 32 bits wide once they are loaded on a CPU."""
    from services.story.transformers_chat import TransformersChat  # noqa: PLC0415  not for the other engine's process
    from talestream.model_manager import Models  # noqa: PLC0415

    shared = ModelSettings(device="cpu")

    def load() -> Callable[[bool], ChatModel]:
        held = Models(shared)

        def chat(is_held: bool) -> ChatModel:
            return TransformersChat(_settings(model=str(file), is_constrained=is_held), shared, held)

        chat(True).warm_up()
        return chat

    return _measured("transformers", load)


def llamacpp(file: Path) -> Writing:
    """The provider ``openai``, and llama.cpp behind it, whose weights stay 4 bits wide."""
    servers: list[Any] = []  # a server that nobody holds ends

    def load() -> Callable[[bool], ChatModel]:
        import xllamacpp  # noqa: PLC0415

        from services.story.openai_chat import OpenAiChat  # noqa: PLC0415

        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.n_ctx = 2048
        params.n_parallel = 1
        params.verbosity = 0
        servers.append(xllamacpp.Server(params))
        url = f"{servers[0].listening_address}/v1"

        def chat(is_held: bool) -> ChatModel:
            form = "json_schema" if is_held else "text"
            own = OpenAiSettings.model_validate({"base_url": url, "model": "smollm2", "response_format": form})
            return OpenAiChat(_settings(openai=own))

        return chat

    return _measured("llama.cpp", load)


def _settings(**fields: Any) -> StoryModelSettings:
    return StoryModelSettings(temperature=0, max_tokens=TOKENS, **fields)


def _measured(engine: str, load: Callable[[], Callable[[bool], ChatModel]]) -> Writing:
    began = time.perf_counter()
    chat = load()
    load_s = time.perf_counter() - began
    loaded_mib = _resident_mib()
    free, held = chat(False), chat(True)
    first_token_s, _ = _written(free)
    _written(held)
    tokens_s = statistics.median(_written(free)[1] for _ in range(RUNS))
    held_tokens_s = statistics.median(_written(held)[1] for _ in range(RUNS))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Writing(engine, load_s, loaded_mib, peak_mib, first_token_s, tokens_s, held_tokens_s)


def _written(chat: ChatModel) -> tuple[float, float]:
    """Seconds to the first token, and tokens a second behind it, of one answer."""
    heard: list[float] = []
    began = time.perf_counter()
    question = Question((Message("user", ASKED),), SENTENCES, seed=1)
    reply = chat.reply(question, lambda _text: heard.append(time.perf_counter()))
    if not reply.is_cut:
        raise RuntimeError(f"the answer ended before {TOKENS} tokens: {reply.text!r}")
    return heard[0] - began, (TOKENS - 1) / (heard[-1] - heard[0])


def _resident_mib() -> float:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
