"""Weights where the hub's client leaves them: a cache folder as huggingface_hub lays it out."""

import shutil
from hashlib import sha1
from pathlib import Path


def commit(name: str) -> str:
    """Where the branch ``main`` of the model ``name`` stands."""
    return sha1(name.encode(), usedforsecurity=False).hexdigest()


def downloaded(weights: Path, cache: Path, name: str) -> None:
    """Move the files of a model to where those of the id ``name`` lie once they are fetched."""
    repository = cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit(name), encoding="utf-8")
    shutil.move(weights, repository / "snapshots" / commit(name))
