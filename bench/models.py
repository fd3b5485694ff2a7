"""How fast real weights write here, and what holding and batching models costs.

    python -m bench.models

SmolLM2 (135 million weights) by transformers and by llama.cpp, and the model manager and the micro-batcher beside a
bare loop, each in a process of its own. Prints tables; last, the figures as JSON.
"""

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

from bench import model_tokens
from bench.model_tokens import RUNS, TOKENS, Writing
from tests.ml.smollm2 import smollm2

if TYPE_CHECKING:
    from bench.model_overhead import Overhead

T = TypeVar("T")


def alone(measure: Callable[..., T], *arguments: object) -> T:
    """What is measured in a new process, so that its memory is its alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def show_writing(found: list[Writing]) -> None:
    """A row an engine."""
    print(f"SmolLM2-135M, 4-bit GGUF, {TOKENS} tokens, median of {RUNS}")
    titles = ("load s", "loaded MiB", "peak MiB", "first token s", "tokens/s", "held tokens/s")
    print(f"{'':14s}" + "".join(f"{title:>15s}" for title in titles))
    for one in found:
        figures = (one.load_s, one.loaded_mib, one.peak_mib, one.first_token_s, one.tokens_s, one.held_tokens_s)
        print(f"{one.engine:14s}" + "".join(f"{figure:15.2f}" for figure in figures))


def show_overhead(found: "Overhead") -> None:
    """A row a part."""
    bare_ms = found.bare_page_ms
    print(f"\nbeside a page that a tiny SDXL paints in {bare_ms:.1f} ms in a bare loop")
    print(f"{'':34s}{'ms a call':>12s}{'% of page':>12s}")
    for part, ms in (
        ("model manager", found.manager_ms),
        ("micro-batcher", found.batcher_ms),
        ("whole provider, page by page", found.page_ms - bare_ms),
        ("whole provider, in batches", found.batched_page_ms - bare_ms),
    ):
        print(f"{part:34s}{ms:12.4f}{ms / bare_ms:12.2%}")


def main() -> None:
    """All of it."""
    file = smollm2()
    writing = [alone(engine, file) for engine in (model_tokens.transformers, model_tokens.llamacpp)]
    show_writing(writing)
    from bench.model_overhead import overhead  # noqa: PLC0415  PyTorch, which each process is to load by itself

    beside = alone(overhead)
    show_overhead(beside)
    print(json.dumps({"writing": [asdict(one) for one in writing], "overhead": asdict(beside)}))


if __name__ == "__main__":
    main()
