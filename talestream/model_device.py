"""Where models run, as what, and how much room they have there. PyTorch is imported by whoever asks, not before."""

import gc
import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from talestream.errors import ProviderUnavailable, UserMustAct
from talestream.needs import install

INSTALL_ML = install("ml")
GPU_SHARE = 0.9
"""What models may take of a GPU's memory where nothing is configured; the rest is for what they compute."""


class Weights(Protocol):
    """What holds tensors, as every ``torch.nn.Module`` does."""

    def parameters(self) -> Iterable[Any]:
        """Its trained tensors."""
        ...

    def buffers(self) -> Iterable[Any]:
        """Its other tensors."""
        ...


def pytorch() -> Any:
    """The package ``torch``. ProviderUnavailable where it is not installed."""
    try:
        import torch  # noqa: PLC0415  two seconds, and not part of the base install
    except ImportError as error:
        raise ProviderUnavailable(f"PyTorch cannot be imported: {error}", INSTALL_ML) from error
    return torch


def device_named(wanted: str) -> str:
    """The device: ``auto`` becomes ``cuda``, ``mps`` or ``cpu``, the first that is there. UserMustAct if it is not."""
    here = pytorch()
    has_mps = here.backends.mps.is_available()
    if wanted == "auto":
        return "cuda" if here.cuda.is_available() else "mps" if has_mps else "cpu"
    kind, _, number = wanted.partition(":")
    if (kind == "cuda" and int(number or 0) >= here.cuda.device_count()) or (kind == "mps" and not has_mps):
        raise UserMustAct(
            "no-device",
            f"there is no device {wanted!r} for PyTorch {here.__version__}",
            "choose another by TALESTREAM_MODELS__DEVICE, or install the driver and a PyTorch that is built for it",
        )
    return wanted


def dtype_named(wanted: str, device: str) -> str:
    """The type of the weights, as PyTorch names it: ``auto`` is ``float32`` on a CPU, ``bfloat16`` on a GPU that
    computes with it, else ``float16``.
    """
    if wanted != "auto":
        return wanted
    if device == "cpu":
        return "float32"
    return "bfloat16" if device.startswith("cuda") and pytorch().cuda.is_bf16_supported() else "float16"


def room_bytes(device: str) -> int | None:
    """What models may take of a device where nothing is configured. None: no limit."""
    if not device.startswith("cuda"):
        return None
    return int(pytorch().cuda.get_device_properties(device).total_memory * GPU_SHARE)


def weights_bytes(*modules: Weights) -> int:
    """What the tensors of these modules take, each counted once however often it is shared."""
    tensors = {id(tensor): tensor for one in modules for group in (one.parameters(), one.buffers()) for tensor in group}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def give_back() -> None:
    """Let go of memory that nothing refers to any more, on the devices too if PyTorch is in use."""
    gc.collect()
    loaded: Any = sys.modules.get("torch")
    if loaded is None:
        return
    if loaded.cuda.is_available():
        loaded.cuda.empty_cache()
    if loaded.backends.mps.is_available():
        loaded.mps.empty_cache()


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Inside, PyTorch's own generators draw by ``seed``, and go on afterwards as if nothing had been drawn.

    For libraries that take no generator, one call at a time: the generators are the process's.
    """
    here = pytorch()
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)
    with here.random.fork_rng():
        here.manual_seed(number)
        yield
