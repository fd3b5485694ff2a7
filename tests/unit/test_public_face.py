"""What others import, and what it costs them."""

import subprocess
import sys

import pytest

import schemas
import talestream

HEAVY = {"torch", "numpy", "PIL", "cv2", "onnxruntime", "transformers", "diffusers", "TTS"}


@pytest.mark.parametrize("package", [schemas, talestream])
def test_every_exported_name_is_there(package: object) -> None:
    assert package.__all__
    assert all(hasattr(package, name) for name in package.__all__)


@pytest.mark.parametrize("module", ["services.api.app", "services.notifier.app", "talestream.runner", "talestream.cli"])
def test_what_must_stay_light_imports_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(sorted(set(sys.modules) & {HEAVY!r}))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
