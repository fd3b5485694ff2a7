"""A worker's providers: which is ready for orders, who is not and why, and the telling of it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from pymongo.errors import PyMongoError

from talestream.errors import StageError
from talestream.health import Remark
from talestream.provider_states import TOLD_S, ProviderState, ProviderStates, State
from talestream.providers import DEFAULT, Providers, remedy_of_nobody
from talestream.runtime import Runtime
from talestream.telemetry import logger

_log = logger(__name__)


class ProviderWatch:
    """Loads what a stage's configured provider needs, of a chain the first that can be had, and tells how all are."""

    def __init__(self, stage: str, providers: Providers, runtime: Runtime) -> None:
        self._stage = stage
        self._providers = providers
        self._worker = runtime.worker
        self._states = ProviderStates(runtime.database, runtime.clock)
        self._chain = providers.chain(stage)
        self._is_nobody_chosen = providers.is_nobody_chosen(stage)
        self._is_ready_cold = self._chain[0] == DEFAULT
        """What the embedded providers load takes seconds: a first order may wait for it."""
        self._is_ready_in_vain = self._is_ready_cold and runtime.settings.mode == "embedded"
        """On one machine the other stages are not kept from starting: orders say what is missing."""
        self._found: dict[str, ProviderState] = {}
        self._changed = asyncio.Event()

    @property
    def check(self) -> bool | str | Remark:
        """Whether a provider is ready for orders, else why none is, for ``/readyz``."""
        found = [self._found[name] for name in self._chain if name in self._found]
        failed = [one for one in found if one.state == "unusable"]
        whys = "; ".join(f"{one.provider}: {one.why_not}" for one in failed)
        ready = next((one.provider for one in found if one.state == "ready"), None)
        if self._is_nobody_chosen:
            return Remark("no provider is configured for this stage")
        if ready is not None:
            return Remark(f"{ready} works instead of {self._chain[0]}: {whys}") if failed else True
        if len(failed) == len(self._chain):
            said = f"not ready for orders: {whys}"
            return Remark(said) if self._is_ready_in_vain else said
        return self._is_ready_cold or "what it needs is being loaded"

    async def warm_up(self) -> None:
        """Let the first provider of the chain that can be had load what it needs."""
        if self._is_nobody_chosen:
            installed = ", ".join(self._providers.names(self._stage)) or "none"
            _log.warning("no provider is configured for this stage", remedy=remedy_of_nobody(self._stage, installed))
            return
        for name in self._chain:
            self._note(name, "loading")
            if await self._goes_well(self._providers.warm_up, name):
                self._note(name, "ready")
                return
            failed = self._found[name]
            _log.warning(
                "a provider is not ready for orders", provider=name, reason=failed.why_not, remedy=failed.remedy
            )
        _log.error("nobody is ready for orders; each of them will say why", providers=self._chain)

    async def keep_telling(self) -> None:
        """Tell the states of all installed providers now and again, until cancelled."""
        with suppress(PyMongoError):
            await self._states.prepare()
        await self._look_at_others()
        try:
            while True:
                self._changed.clear()
                try:
                    await self._states.tell(self._worker, list(self._found.values()))
                except PyMongoError as error:
                    _log.warning("the providers' states are not told", reason=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(TOLD_S):
                        await self._changed.wait()
        finally:
            with suppress(PyMongoError):
                await self._states.forget(self._worker)

    async def _look_at_others(self) -> None:
        """Make all installed providers, as an order does that names one. Loads no model."""
        for name in self._providers.names(self._stage):
            is_new = name not in self._found
            if is_new and await self._goes_well(self._providers.get, name):
                self._found.setdefault(name, ProviderState(stage=self._stage, provider=name, state="untried"))

    async def _goes_well(self, work: Callable[[str, str], object], name: str) -> bool:
        """Whether this can be done with a provider; noted where not."""
        try:
            await asyncio.to_thread(work, self._stage, name)
        except StageError as error:
            self._note(name, "unusable", error.message, error.remedy)
        except Exception as error:
            _log.exception("a provider failed unexpectedly", provider=name)
            self._note(name, "unusable", f"{type(error).__name__}: {error}")
        else:
            return True
        return False

    def _note(self, provider: str, state: State, why_not: str | None = None, remedy: str | None = None) -> None:
        self._found[provider] = ProviderState(
            stage=self._stage, provider=provider, state=state, why_not=why_not, remedy=remedy
        )
        self._changed.set()
