"""Simulated providers: a whole system without models, for an integrator's tests and for our own.

Each stage has one, named ``simulated``. It behaves as a paid service far away does: it takes a job, gives its id, is
asked for it until it is over, and forgets nothing when its caller is killed. How long a job takes, what it costs, and
how often one fails or never ends is set by :class:`talestream.simulation_settings.SimulationSettings`; which one, by
the seed, the unit's inputs and how often they were submitted, so that a run can be repeated and a retry can succeed.
Equal requests give equal bytes.

Every call is in the ledger (:mod:`talestream.ledger`), which says how to see from it that work was paid for twice.
"""

import hashlib
import math
import secrets
from datetime import UTC, datetime, timedelta

from schemas import unit_key
from talestream.errors import Cancelled, StageError
from talestream.ledger import Call, Entry, Ledger, Outcome
from talestream.running_unit import RunningUnit, this_unit
from talestream.settings import settings
from talestream.simulation_settings import SimulationSettings

NAME = "simulated"
STAND_IN = "simulated: made by rule in no time, to try the system out"
"""The label of everything that a simulated provider makes."""
POLL_S = 0.1
"""How often a job is asked for."""


class Simulation:
    """The service of one stage, and its client."""

    def __init__(self, stage: str, configured: SimulationSettings) -> None:
        self._stage = stage
        self._settings = configured.of(stage)
        self._ledger = Ledger(configured.ledger)
        self._jobs: dict[str, Entry] = {}
        """Those under way that this process has to do with."""

    @classmethod
    def configured(cls, stage: str) -> "Simulation":
        """As this process's settings say."""
        return cls(stage, settings().simulation)

    def work(self) -> None:
        """Do this thread's unit: submit its job, or resume the one that an earlier attempt left, and wait for its end.

        StageError when the job failed or is gone; the next attempt submits another.
        """
        unit = this_unit()
        if not self._settings.jobs:
            self._work_unstored(unit)
            return
        submitted: list[Entry] = []

        def submit(key: str) -> str:
            submitted.append(self._submit(unit, key, unit.paid_job.number))
            return submitted[0].job

        job_id = unit.job(NAME, submit, lambda job_id: self._cancel(unit, job_id))
        job = submitted[0] if submitted else self._recalled(job_id)
        if job is None:
            unit.forget_job()
            raise StageError("job-gone", f"the simulated service has no job {job_id} any more", retryable=True)
        self._write(unit, "stored" if submitted else "resumed", job)
        self._wait(unit, job)
        if job.outcome == "fail":
            unit.forget_job()
            raise self._failure(job)
        unit.job_delivered()

    def _work_unstored(self, unit: RunningUnit) -> None:
        """The same without a stored job: whoever takes the unit over submits anew."""
        job = self._submit(unit, unit.paid_job.key, unit.request.attempt)
        try:
            self._wait(unit, job)
        except Cancelled:
            self._cancel(unit, job.job)
            raise
        if job.outcome == "fail":
            raise self._failure(job)

    def _submit(self, unit: RunningUnit, key: str, number: int) -> Entry:
        now = datetime.now(UTC)
        outcome = fate(self._settings, self._stage, unit.paid_job.inputs, number)
        job = Entry(
            time=now,
            call="submitted",
            stage=self._stage,
            task=unit.request.task_id,
            unit=unit_key(getattr(unit.request, "page", None)),
            attempt=unit.request.attempt,
            job=f"sim-{secrets.token_hex(8)}",
            key=key,
            inputs=unit.paid_job.inputs,
            cost=self._settings.cost,
            outcome=outcome,
            due=None if outcome == "hang" else now + timedelta(seconds=self._settings.duration_s),
        )
        self._ledger.append(job)
        self._jobs[job.job] = job
        return job

    def _recalled(self, job_id: str) -> Entry | None:
        """The submission of a job that another process, or an earlier attempt, left. None when it was cancelled."""
        calls = self._ledger.of_job(job_id)
        if not calls or any(entry.call == "cancelled" for entry in calls):
            return None
        job = self._jobs[job_id] = calls[0]
        return job

    def _wait(self, unit: RunningUnit, job: Entry) -> None:
        while (left_s := _seconds_left(job)) > 0:
            done = 0.0 if math.isinf(left_s) else 1 - left_s / max(left_s, self._settings.duration_s)
            unit.progress(done, NAME)
            unit.pause(min(POLL_S, left_s))
        self._write(unit, "failed" if job.outcome == "fail" else "finished", job)
        self._jobs.pop(job.job, None)

    def _cancel(self, unit: RunningUnit, job_id: str) -> None:
        job = self._jobs.pop(job_id, None)
        if job is not None:
            self._write(unit, "cancelled", job)

    def _write(self, unit: RunningUnit, call: Call, job: Entry) -> None:
        changes = {"time": datetime.now(UTC), "call": call, "attempt": unit.request.attempt, "cost": 0.0}
        self._ledger.append(job.model_copy(update={**changes, "outcome": None, "due": None}))

    def _failure(self, job: Entry) -> StageError:
        said = f"job {job.job} failed, as the failure rate wants it"
        return StageError("simulated-failure", said, retryable=not self._settings.fails_for_good)


def fate(configured: SimulationSettings, stage: str, inputs: str, number: int) -> Outcome:
    """What becomes of a unit's ``number``-th job: the same for the same seed and inputs."""
    digest = hashlib.blake2b(f"{configured.seed}/{stage}/{inputs}/{number}".encode(), digest_size=8).digest()
    draw = int.from_bytes(digest) / 2**64
    if draw < configured.failure_rate:
        return "fail"
    return "hang" if draw < configured.failure_rate + configured.hang_rate else "finish"


def _seconds_left(job: Entry) -> float:
    return math.inf if job.due is None else (job.due - datetime.now(UTC)).total_seconds()
