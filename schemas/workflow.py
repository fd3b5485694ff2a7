"""Workflows: named graphs of stages, declared as data in ``workflows.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from schemas.base import Record


class StageSpec(Record):
    """One stage of a workflow: what must be finished before it, whole or page by page, and its own limits."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    needs: tuple[str, ...] = ()
    follows: tuple[str, ...] = Field(
        (),
        description="Stages that it follows page by page: a page of it starts as soon as that page of theirs is"
        " finished, and what its order says of pages before",
    )
    segment: int | None = Field(None, ge=1, le=99, description="The numbered step under which clients run this stage")
    is_segment_result: bool = Field(True, description="False for a helper stage: its segment ends with another stage")
    attempts: int = Field(3, ge=1, le=20, description="Failures after which a unit is given up")
    timeout_s: float = Field(1200, gt=0, le=86_400, description="Limit of one attempt of one unit")
    first_retry_s: float = Field(2, ge=0, le=86_400, description="Wait after the first failure; doubles with each more")
    longest_retry_s: float = Field(120, ge=0, le=86_400, description="Longest wait between two attempts")
    retry_jitter: float = Field(0.25, ge=0, lt=1, description="Share by which a wait is longer or shorter, at random")


class Workflow(Record):
    """A named graph of stages without cycles, in an order in which every stage follows what it needs."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,60}$")
    title: str = ""
    stages: tuple[StageSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        seen: set[str] = set()
        for stage in self.stages:
            if stage.name in seen:
                raise ValueError(f"stage {stage.name!r} is declared twice")
            if missing := {*stage.needs, *stage.follows} - seen:
                raise ValueError(f"stage {stage.name!r} needs {sorted(missing)}, which no earlier stage provides")
            seen.add(stage.name)
        return self

    def stage(self, name: str) -> StageSpec:
        """The stage of that name; KeyError when there is none."""
        for spec in self.stages:
            if spec.name == name:
                return spec
        raise KeyError(f"workflow {self.name!r} has no stage {name!r}")

    @property
    def segments(self) -> dict[int, tuple[StageSpec, ...]]:
        """The stages behind each numbered step, in order of the numbers."""
        numbers = sorted({stage.segment for stage in self.stages if stage.segment})
        return {number: tuple(stage for stage in self.stages if stage.segment == number) for number in numbers}


def load_workflows(path: Path) -> dict[str, Workflow]:
    """Read workflows from a TOML file; ValueError names the file and what is wrong in it."""
    return _parse(path.read_text(encoding="utf-8"), str(path))


@cache
def builtin_workflows() -> Mapping[str, Workflow]:
    """The workflows that come with Talestream."""
    return _parse(files("schemas").joinpath("workflows.toml").read_text(encoding="utf-8"), "workflows.toml")


def _parse(text: str, source: str) -> dict[str, Workflow]:
    try:
        return {name: Workflow.model_validate({"name": name, **body}) for name, body in tomllib.loads(text).items()}
    except (ValueError, TypeError) as error:
        raise ValueError(f"{source}: {error}") from error
