"""Where the files of a Coqui model are: a folder or file on this machine, or a name of Coqui's catalogue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talestream.errors import UserMustAct
from talestream.model_errors import ModelMissing
from talestream.model_files import hub_arguments, local_path
from talestream.model_settings import ModelSettings

CONFIG = "config.json"
_CHECKPOINTS = ("model.pth", "model_file.pth", "model_file.pth.tar", "best_model.pth", "checkpoint.pth")
_BESIDE = frozenset(
    {
        "speakers_file",
        "speaker_file",
        "d_vector_file",
        "language_ids_file",
        "speaker_encoder_model_path",
        "speaker_encoder_config_path",
        "tokenizer_file",
        "stats_path",
    }
)
"""Fields of a configuration that name other files of the model."""


@dataclass(frozen=True)
class ModelFiles:
    """A model on disk."""

    checkpoint: Path
    config: Path

    @property
    def folder(self) -> Path:
        """Where its other files are."""
        return self.checkpoint.parent


def find(name: str, config: Path | None, models: ModelSettings) -> ModelFiles:
    """The files of the model of that name, which is a path if there is such a file or folder.

    ``config`` is its configuration where that is not ``config.json`` beside it. FileNotFoundError, ModelMissing, or
    UserMustAct where a licence was not accepted.
    """
    path = local_path(name)
    if path is None:
        return _catalogued(name, models)
    if path.is_dir():
        return ModelFiles(_checkpoint(path), config or path / CONFIG)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file and no folder {path}")
    return ModelFiles(path, config or path.parent / CONFIG)


def relocated(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The configuration with the paths of files that are not where it says, but under their name in ``folder``.

    A configuration names files by where they were when the model was trained.
    """

    def moved(path: str) -> str:
        here = folder / Path(path).name
        return str(here) if path and not Path(path).exists() and here.is_file() else path

    def walked(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {inner: walked(inner, item) for inner, item in value.items()}
        if key not in _BESIDE:
            return value
        return [moved(item) for item in value] if isinstance(value, list) else moved(value) if value else value

    return {key: walked(key, value) for key, value in config.items()}


def read_config(path: Path) -> dict[str, Any]:
    """A model's configuration. FileNotFoundError, or ValueError when it is none."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(config, dict) or "model" not in config:
        raise ValueError(f"{path} is no configuration of a Coqui model: it does not say of which kind the model is")
    return config


def _checkpoint(folder: Path) -> Path:
    """The weights in a folder: a file of a usual name, else the one ``.pth`` that no other file says it needs."""
    for name in _CHECKPOINTS:
        if (folder / name).is_file():
            return folder / name
    found = [path for path in sorted(folder.glob("*.pth")) if not path.name.startswith(("speaker", "config"))]
    if len(found) != 1:
        raise FileNotFoundError(f"{folder} has no model.pth, and {len(found)} other checkpoints: name the file itself")
    return found[0]


def _catalogued(name: str, models: ModelSettings) -> ModelFiles:
    from TTS.utils.manage import ModelManager  # noqa: PLC0415  PyTorch

    manager = ModelManager(output_prefix=models.folder, progress_bar=False)
    item = _item(manager.models_dict, name)
    folder = manager.output_prefix / name.replace("/", "--")
    if not manager.tos_agreed(item, folder):
        raise UserMustAct(
            "licence-not-accepted",
            f"the weights of {name} are under the licence {item.get('license')}, which nobody has accepted here",
            "read https://tts-hub.github.io/cpml (it forbids commercial use without another licence); whoever accepts "
            "it says so by COQUI_TOS_AGREED=1 in the environment of the speech service",
        )
    if "repo_id" in item:
        return find(str(_snapshot(item, models)), None, models)
    if not folder.is_dir() and not models.allow_download:
        raise ModelMissing(
            f"{name} is not in {manager.output_prefix}",
            "bring it with: talestream models warm --stage speech --download, "
            "or set TALESTREAM_MODELS__ALLOW_DOWNLOAD=true",
        )
    checkpoint, config, _ = manager.download_model(name)
    return ModelFiles(Path(checkpoint), Path(config))


def _item(catalogue: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: Any = catalogue
    for part in name.split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, dict) or "license" not in found:
        known = ", ".join(
            f"tts_models/{language}/{source}/{model}"
            for language, sources in catalogue["tts_models"].items()
            for source, named in sources.items()
            for model in named
            if model.startswith(("vits", "xtts", "your_tts")) and language in {"multilingual", "en", "zh-CN"}
        )
        raise UserMustAct(
            "model-missing", f"Coqui's catalogue has no model {name}", f"name one of it, e.g. {known}, or a folder"
        )
    return found


def _snapshot(item: Mapping[str, Any], models: ModelSettings) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    return Path(
        snapshot_download(
            item["repo_id"],
            allow_patterns=item.get("allow"),
            ignore_patterns=item.get("ignore"),
            **hub_arguments(models, None),
        )
    )
