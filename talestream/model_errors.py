"""What can go wrong with a model, as errors that say what to do. The libraries' own are known by name, so that none of
them is imported here.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from talestream.errors import Cancelled, ProviderUnavailable, StageError, UserMustAct
from talestream.model_device import INSTALL_ML

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_HERE = frozenset({"LocalEntryNotFoundError", "OfflineModeIsEnabled", "FileNotFoundError"})
_NOT_ANYWHERE = frozenset({"RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"})
_NO_CONNECTION = frozenset({"HfHubHTTPError", "ConnectionError", "ConnectError", "TimeoutException", "Timeout"})


class OutOfMemory(StageError):
    """A model, or what it computes, does not fit. Tried again, since memory may be free later or elsewhere."""

    remedy = (
        "choose a smaller model, size or batch, let the provider offload, "
        "or raise TALESTREAM_MODELS__MEMORY_MB if there is room"
    )

    def __init__(self, message: str) -> None:
        super().__init__("out-of-memory", message, retryable=True)


class ModelMissing(UserMustAct):
    """The weights are not on this machine, or nowhere."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__("model-missing", message, remedy)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device, or the machine, has no memory left."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in said or "can't allocate memory" in said)


@contextmanager
def naming_model_errors(what: str, stage: str) -> Iterator[None]:
    """Turn what goes wrong inside into a StageError about ``what``, e.g. ``the model 'org/name'``.

    For loading and for running alike. A StageError, and Cancelled, pass as they are.
    """
    try:
        yield
    except (StageError, Cancelled):
        raise
    except Exception as error:
        raise named(error, what, stage) from error


def named(error: BaseException, what: str, stage: str) -> StageError:
    """The error as a StageError that says what to do."""
    for cause in _causes(error):
        if (found := _known(cause, what, stage)) is not None:
            return found
    return UserMustAct(
        "model-broken",
        f"{what} cannot be used: {type(error).__name__}: {error}",
        "check that the files are whole and of a kind that this provider loads, and its settings",
    )


def _known(error: BaseException, what: str, stage: str) -> StageError | None:
    if isinstance(error, StageError):
        return error
    if is_out_of_memory(error):
        return OutOfMemory(f"{what} does not fit into memory: {error}")
    if isinstance(error, ImportError):
        return ProviderUnavailable(f"{what} needs a package that is missing: {error}", INSTALL_ML)
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return StageError("disk-full", f"no room for {what}: {error}", retryable=True)
    return _of_files(error, what, stage)


def _of_files(error: BaseException, what: str, stage: str) -> StageError | None:
    names = {kind.__name__ for kind in type(error).__mro__}
    if "GatedRepoError" in names:
        return UserMustAct(
            "model-refused",
            f"the hub does not give out {what}: {error}",
            "accept the model's licence on its page of the hub, and set HF_TOKEN",
        )
    if names & _NOT_HERE:
        return ModelMissing(
            f"{what} is not on this machine: {error}",
            f"bring it with: talestream models warm --stage {stage} --download, "
            "or name a folder that has it, or set TALESTREAM_MODELS__ALLOW_DOWNLOAD=true",
        )
    if names & _NOT_ANYWHERE:
        return ModelMissing(f"{what} is not on the hub: {error}", "check the name and the revision, and set HF_TOKEN")
    if names & _NO_CONNECTION:
        return StageError("hub-unavailable", f"the hub did not give {what}: {error}", retryable=True)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, the innermost first, which knows best."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    yield from reversed(chain)
