"""Models are loaded once, stay warm, and make way for others; what goes wrong says what to do."""

import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from talestream import cancellation
from talestream.errors import Cancelled, ProviderUnavailable, StageError, UserMustAct
from talestream.model_errors import ModelMissing, OutOfMemory, is_out_of_memory, named
from talestream.model_files import hub_arguments, local_path
from talestream.model_manager import MIB, ModelKey, Models
from talestream.model_settings import ModelSettings

PATIENCE_S = 30


class Loader:
    """Loads lists, counts how often, and waits where told to."""

    def __init__(self, size_mb: int = 1) -> None:
        self.size_mb = size_mb
        self.loads = 0
        self.closed: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.failure: Exception | None = None

    def __call__(self) -> list[int]:
        self.loads += 1
        self.started.set()
        assert self.gate.wait(PATIENCE_S)
        if self.failure is not None:
            raise self.failure
        return [self.loads]


def key(name: str, device: str = "cpu") -> ModelKey:
    return ModelKey("image", name, device=device)


@contextmanager
def used(models: Models, name: str, load: Loader, *, expected: bool = True) -> Iterator[list[int]]:
    size = load.size_mb * MIB
    given = size if expected else 0
    with models.use(key(name), load, bytes_of=lambda _: size, expected_bytes=given, close=load.closed.append) as model:
        yield model


def names(models: Models) -> list[str]:
    return [one.key.name for one in models.loaded()]


@pytest.fixture
def models() -> Models:
    return Models(ModelSettings(memory_mb=10))


def test_a_model_is_loaded_once_for_all_who_ask_at_the_same_time(models: Models) -> None:
    load = Loader()
    load.gate.clear()

    def ask() -> int:
        with used(models, "a", load) as model:
            return id(model)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        assert load.started.wait(PATIENCE_S)
        load.gate.set()
        assert len({one.result(PATIENCE_S) for one in asked}) == 1
    assert load.loads == 1


def test_what_is_loaded_is_told_with_its_size_and_how_many_use_it(models: Models) -> None:
    load = Loader(3)
    with used(models, "a", load), used(models, "a", load):
        (held,) = models.loaded()
        assert (held.size_bytes, held.references) == (3 * MIB, 2)
    (idle,) = models.loaded()
    assert idle.references == 0
    assert idle.last_used_at >= held.last_used_at
    assert idle.load_s >= 0


def test_the_idle_model_used_longest_ago_makes_way(models: Models) -> None:
    loads = {name: Loader(4) for name in "abc"}
    for name in ("a", "b", "a"):
        with used(models, name, loads[name]):
            pass
    with used(models, "c", loads["c"]):
        assert names(models) == ["a", "c"]
    assert loads["b"].closed == [[1]]
    assert not loads["a"].closed


@pytest.mark.parametrize("expected", [True, False])
def test_a_model_in_use_is_never_unloaded(models: Models, expected: bool) -> None:
    a, b = Loader(6), Loader(6)
    with used(models, "a", a), pytest.raises(OutOfMemory, match="in use"), used(models, "b", b, expected=expected):
        pass
    assert names(models) == ["a"]
    assert b.loads == (0 if expected else 1)


def test_who_needs_room_that_another_holds_waits_for_it(models: Models) -> None:
    a, b = Loader(6), Loader(6)
    with ThreadPoolExecutor(1) as pool:

        def ask() -> list[str]:
            with used(models, "b", b):
                return names(models)

        with used(models, "a", a):
            asked = pool.submit(ask)
            assert not b.started.wait(0.3)
        assert asked.result(PATIENCE_S) == ["b"]


def test_a_cancelled_unit_waits_no_longer_and_the_next_asker_loads(models: Models) -> None:
    a, b, cancelled = Loader(6), Loader(6), threading.Event()

    def ask() -> None:
        cancellation.bind(cancelled)
        with used(models, "b", b):
            pytest.fail("there is no room")

    with ThreadPoolExecutor(1) as pool:
        with used(models, "a", a):
            asked = pool.submit(ask)
            cancelled.set()
            with pytest.raises(Cancelled):
                asked.result(PATIENCE_S)
        with used(models, "b", b) as model:
            assert model == [1]


def test_a_model_that_is_too_large_alone_is_refused_before_it_is_loaded(models: Models) -> None:
    load = Loader(11)
    with pytest.raises(OutOfMemory, match="11 MiB of the 10") as raised, used(models, "a", load):
        pass
    assert raised.value.remedy
    assert load.loads == 0


def test_devices_have_room_of_their_own(models: Models) -> None:
    load = Loader()
    for device in ("cpu", "cuda:0"):
        with models.use(key(device, device), load, bytes_of=lambda _: 8 * MIB):
            pass
    assert names(models) == ["cpu", "cuda:0"]


def test_a_failed_load_is_told_to_all_who_waited_and_tried_again_by_the_next(models: Models) -> None:
    load = Loader()
    load.failure = ValueError("bad header")
    load.gate.clear()

    def ask() -> str:
        with pytest.raises(UserMustAct, match="bad header") as raised, used(models, "a", load):
            pass
        return raised.value.code

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask)
        assert load.started.wait(PATIENCE_S)
        second = pool.submit(ask)
        load.gate.set()
        assert (first.result(PATIENCE_S), second.result(PATIENCE_S)) == ("model-broken", "model-broken")
    load.failure = None
    with used(models, "a", load):
        assert names(models) == ["a"]


def test_what_nobody_uses_can_be_unloaded_at_once(models: Models) -> None:
    load = Loader()
    with used(models, "a", load):
        assert models.unload_idle() == 0
    assert models.unload_idle() == 1
    assert not models.loaded()


def test_one_call_runs_on_a_device_at_a_time_and_waiting_can_be_cancelled(models: Models) -> None:
    cancelled = threading.Event()

    def ask(device: str) -> str:
        cancellation.bind(cancelled)
        with models.turn(device):
            return device

    with ThreadPoolExecutor(2) as pool, models.turn("cuda:0"):
        assert pool.submit(ask, "cuda:1").result(PATIENCE_S) == "cuda:1"
        asked = pool.submit(ask, "cuda:0")
        cancelled.set()
        with pytest.raises(Cancelled):
            asked.result(PATIENCE_S)


def test_running_out_of_memory_while_a_model_is_used_says_so(models: Models) -> None:
    with pytest.raises(OutOfMemory), used(models, "a", Loader()):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")


class LocalEntryNotFoundError(FileNotFoundError):
    """As the hub's client calls it."""


class GatedRepoError(OSError):
    """As the hub's client calls it."""


def _wrapped(cause: Exception) -> Exception:
    error = OSError("We couldn't connect to the hub")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (MemoryError(), "out-of-memory", True),
        (ModuleNotFoundError("No module named 'diffusers'"), "provider-unavailable", False),
        (_wrapped(LocalEntryNotFoundError("offline")), "model-missing", False),
        (GatedRepoError("403"), "model-refused", False),
        (ConnectionError("reset"), "hub-unavailable", True),
        (OSError(errno.ENOSPC, "No space left on device"), "disk-full", True),
        (KeyError("unet"), "model-broken", False),
    ],
)
def test_what_goes_wrong_has_a_class_and_a_remedy(error: Exception, code: str, retryable: bool) -> None:
    found = named(error, "the model 'x'", "image")
    assert (found.code, found.retryable) == (code, retryable)
    assert retryable or found.remedy


def test_a_missing_model_says_which_command_brings_it() -> None:
    found = named(LocalEntryNotFoundError("offline"), "the model 'x'", "image")
    assert isinstance(found, ModelMissing)
    assert "talestream models warm --stage image --download" in str(found.remedy)


def test_a_missing_package_says_how_it_is_installed() -> None:
    found = named(ModuleNotFoundError("No module named 'torch'"), "the model 'x'", "image")
    assert isinstance(found, ProviderUnavailable)
    assert "talestream[ml]" in str(found.remedy)


def test_an_illegal_memory_access_is_no_lack_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))


def test_an_error_that_is_named_already_stays_as_it_is(models: Models) -> None:
    with pytest.raises(StageError, match="busy"), used(models, "a", Loader()):
        raise StageError("busy", "busy", retryable=True)


def test_nothing_is_fetched_unless_that_is_allowed() -> None:
    assert hub_arguments(ModelSettings(), None) == {"local_files_only": True}
    assert hub_arguments(ModelSettings(allow_download=True), "v2") == {"local_files_only": False, "revision": "v2"}


def test_a_path_is_told_from_an_id_of_the_hub() -> None:
    assert local_path("org/name-that-is-nowhere") is None
    assert local_path("./weights") is not None
    assert local_path("/models/sdxl") is not None
