"""Diffusion pipelines, whichever ``diffusers`` loads: by configuration from the hub or a folder, cancelled and followed
at each step, and with less memory where there is too little.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import diffusers
import torch
import transformers

from talestream.diffusion_settings import DiffusionSettings, Offload
from talestream.errors import Cancelled, UserMustAct
from talestream.model_device import give_back, weights_bytes
from talestream.model_errors import OutOfMemory, named
from talestream.model_files import commit_of, hub_arguments, local_path
from talestream.model_manager import ModelKey
from talestream.model_settings import ModelSettings

OnStep = Callable[[int, int], None]
"""Told after each step how many are done and how many there are. What it raises ends the run."""
OFFLOADS: tuple[Offload, ...] = ("none", "model", "sequential")
"""Each needs less of a GPU's memory than the one before, and takes longer."""
LORA = "configured"
INDEX = "model_index.json"
LESS_MEMORY = "choose fewer pixels, a smaller model, or a GPU with more memory; or close what else uses it"


class Pipeline:
    """A loaded pipeline. One thread runs it at a time."""

    def __init__(self, pipe: Any, key: ModelKey, own: DiffusionSettings, revision: str | None) -> None:
        self.pipe = pipe
        self.revision = revision
        self._key = key
        self._own = own
        self._savings: list[Callable[[], None]] = [self._slice]
        if _has_own_memory(key.device) and own.device_map is None:
            later = OFFLOADS[OFFLOADS.index(own.offload) + 1 :]
            self._savings += [partial(_offload, pipe, how, key.device) for how in later]

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._key.device

    @property
    def size_bytes(self) -> int:
        """What its weights take."""
        return weights_bytes(*(part for part in self.pipe.components.values() if isinstance(part, torch.nn.Module)))

    def accepts(self, name: str) -> bool:
        """Whether its call has an argument of that name."""
        return name in inspect.signature(self.pipe.__call__).parameters

    def check(self, arguments: Mapping[str, object]) -> None:
        """UserMustAct when its call does not have these arguments: what is configured is not left out silently."""
        unknown = [name for name in arguments if not self.accepts(name)]
        if unknown:
            raise _bad_setting(f"{type(self.pipe).__name__} takes no {', '.join(unknown)}")

    def run(self, on_step: OnStep, seeds: Sequence[int], **arguments: object) -> Any:
        """What the pipeline gives for these arguments and those that are configured, each of a batch by its own seed.

        OutOfMemory where it does not fit. Whatever else it raises comes as a StageError too; but for what ``on_step``
        raises, if it is Cancelled.
        """
        given = {**self.configured, "generator": _generators(seeds), **arguments}
        self.check(given)

        def follow(_pipe: Any, step: int, _time: Any, state: dict[str, Any]) -> dict[str, Any]:
            on_step(step + 1, self.pipe.num_timesteps)
            return state

        if self.accepts("callback_on_step_end"):
            given["callback_on_step_end"] = follow
        try:
            with torch.inference_mode():
                return self.pipe(**given)
        except Cancelled:
            self._let_go()
            raise
        except Exception as error:
            self._let_go()
            raise named(error, f"the model {self._key.name!r}", self._key.stage) from error

    @property
    def configured(self) -> dict[str, object]:
        """The arguments that configuration gives to every run."""
        own = self._own
        said = {
            "num_inference_steps": own.steps,
            "guidance_scale": own.guidance,
            "negative_prompt": own.negative_prompt,
        }
        return {**{name: value for name, value in said.items() if value is not None}, **own.arguments}

    def argument(self, name: str) -> Any:
        """What its runs are given: as configured, else the pipeline's own."""
        return self.configured.get(name, inspect.signature(self.pipe.__call__).parameters[name].default)

    def described(self) -> dict[str, Any]:
        """How its runs are made, for the manifest."""
        own = self._own
        said: dict[str, Any] = {
            "scheduler": type(self.pipe.scheduler).__name__,
            "dtype": self._key.dtype,
            "lora": own.lora,
        }
        if own.lora:
            said["lora_weight"] = own.lora_weight
        steps = [name for name in ("num_inference_steps", "guidance_scale") if self.accepts(name)]
        told = {**{name: self.argument(name) for name in steps}, **self.configured, **said}
        return {name: value for name, value in told.items() if value is not None}

    def save_memory(self) -> bool:
        """Take the next measure against a lack of memory, at the price of time. False when there is none left."""
        if not self._savings:
            return False
        self._savings.pop(0)()
        give_back()
        return True

    def run_sparingly(self, on_step: OnStep, seeds: Sequence[int], **arguments: object) -> Any:
        """As :meth:`run`, again with less memory each time that it does not fit, until nothing is left to try."""
        while True:
            try:
                return self.run(on_step, seeds, **arguments)
            except OutOfMemory as error:
                give_back()
                if not self.save_memory():
                    error.remedy = LESS_MEMORY
                    raise

    def _slice(self) -> None:
        """Let the picture be decoded in tiles, and attention be computed in parts."""
        for part, measure in ((self._vae, "enable_slicing"), (self._vae, "enable_tiling")):
            if hasattr(part, measure):
                getattr(part, measure)()
        if hasattr(self.pipe, "enable_attention_slicing"):
            self.pipe.enable_attention_slicing()

    @property
    def _vae(self) -> Any:
        return getattr(self.pipe, "vae", None)

    def _let_go(self) -> None:
        """After a run that did not end by itself: what was brought to the GPU for it goes back."""
        if hasattr(self.pipe, "maybe_free_model_hooks"):
            self.pipe.maybe_free_model_hooks()


def load(auto: str, own: DiffusionSettings, shared: ModelSettings, key: ModelKey) -> Pipeline:
    """Load a pipeline: of the class that is configured, else by ``auto``, a class of diffusers that knows many.

    From the hub, as far as that is allowed, or from a folder. Weights are read as safetensors alone: a pickle may run
    code. UserMustAct for settings that do not fit the model.
    """
    _be_quiet()
    if (folder := local_path(key.name)) is not None and not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    kind = _class(own.pipeline or auto)
    where = hub_arguments(shared, key.revision)
    placed = {"device_map": own.device_map} if own.device_map else {}
    pipe = kind.from_pretrained(
        key.name,
        dtype=getattr(torch, key.dtype),
        variant=own.variant,
        use_safetensors=True,
        **placed,
        **where,
    )
    pipe.set_progress_bar_config(disable=True)  # what is told is told by on_step
    if own.scheduler:
        pipe.scheduler = _class(own.scheduler).from_config(pipe.scheduler.config)
    if own.lora:
        _add_lora(pipe, own, where)
    if not own.device_map:
        _offload(pipe, own.offload, key.device)
    loaded = Pipeline(pipe, key, own, commit_of(key.name, INDEX, shared, key.revision))
    loaded.check(loaded.configured)
    return loaded


def _generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """A source of noise for each seed: the same on every device, and whatever else is painted at the same time."""
    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def _be_quiet() -> None:
    """No bars on the console, and no warning for every prompt that is longer than CLIP reads."""
    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()


def _class(name: str) -> Any:
    found = getattr(diffusers, name, None)
    if not isinstance(found, type):
        raise _bad_setting(f"diffusers {diffusers.__version__} has no class {name!r}")
    return found


def _add_lora(pipe: Any, own: DiffusionSettings, where: Mapping[str, Any]) -> None:
    if not hasattr(pipe, "load_lora_weights"):
        raise _bad_setting(f"{type(pipe).__name__} takes no LoRA")
    own_source = {name: value for name, value in where.items() if name != "revision"}
    pipe.load_lora_weights(own.lora, weight_name=own.lora_file, adapter_name=LORA, **own_source)
    pipe.set_adapters([LORA], [own.lora_weight])


def _offload(pipe: Any, how: str, device: str) -> None:
    """Bring a pipeline to its device, whole or as it is needed."""
    if how == "none":
        pipe.to(device)
    elif not _has_own_memory(device):
        raise _bad_setting(f"there is nothing to offload from: the model runs on {device}")
    elif how == "model":
        pipe.enable_model_cpu_offload(device=device)
    else:
        pipe.enable_sequential_cpu_offload(device=device)


def _has_own_memory(device: str) -> bool:
    return device.startswith(("cuda", "xpu"))


def _bad_setting(message: str) -> UserMustAct:
    return UserMustAct("bad-setting", message, "correct the settings of the model, which the documentation names")
