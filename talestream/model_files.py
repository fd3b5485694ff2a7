"""Where weights are found: on this machine, or on a hub where that is allowed."""

import os
from pathlib import Path
from typing import Any

from talestream.model_settings import ModelSettings


def prepare(configured: ModelSettings) -> None:
    """Tell the libraries where weights lie and whether they may fetch any. To be called before one is imported: they
    read it from the environment at that moment. What the environment says already stays.
    """
    wanted = {"HF_HUB_DISABLE_TELEMETRY": "1"}
    if configured.folder is not None:
        folder = configured.folder.absolute()
        wanted |= {"HF_HUB_CACHE": str(folder / "hub"), "TTS_HOME": str(folder)}
    if not configured.allow_download:
        wanted |= {"HF_HUB_OFFLINE": "1"}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def local_path(name: str) -> Path | None:
    """The file or folder of that name, if a model's name is one of this machine. None: it is an id on the hub."""
    path = Path(name).expanduser()
    return path if path.exists() or path.is_absolute() or name.startswith((".", "~")) else None


def hub_arguments(configured: ModelSettings, revision: str | None) -> dict[str, Any]:
    """The arguments of a ``from_pretrained`` that keep to what is configured."""
    arguments: dict[str, Any] = {"local_files_only": not configured.allow_download}
    if configured.folder is not None:
        arguments["cache_dir"] = str(configured.folder.absolute() / "hub")
    return arguments if revision is None else {**arguments, "revision": revision}


def commit_of(name: str, file: str, configured: ModelSettings, revision: str | None) -> str | None:
    """The commit of a model that was loaded from the hub, by one of its files; None for one of this machine alone."""
    if local_path(name) is not None:
        return None
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415  with the extra [ml]

    cache = hub_arguments(configured, None).get("cache_dir")
    found = try_to_load_from_cache(name, file, cache_dir=cache, revision=revision)
    return Path(found).parent.name if isinstance(found, str) else revision
