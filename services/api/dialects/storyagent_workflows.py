"""The JSON of the storyagent dialect that tells what can be ordered: workflows, stages, and who does their work."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from services.api.catalogue import Catalogue, segment_title
from services.api.provider_standing import ProviderStanding, standing_of
from talestream.provider_states import ToldState


class Segment(BaseModel):
    """A numbered step."""

    id: int
    name: str


class StageInfo(BaseModel):
    """A stage of a workflow, and who can do its work."""

    name: str
    segment: int | None
    needs: list[str]
    follows: list[str] = Field([], description="Stages that it follows page by page")
    providers: list[str] = Field(description="Installed providers, for `providers` of a new task")
    default_provider: str
    fallback_providers: list[str] = Field([], description="Who does, in turn, what the default provider cannot")
    provider_states: list[ProviderStanding] = Field([], description="How the providers stand, as the workers tell it")


class WorkflowInfo(BaseModel):
    """A workflow that a task may name."""

    name: str
    title: str
    segments: list[Segment]
    stages: list[StageInfo]


def workflow_info(catalogue: Catalogue, name: str, told: Sequence[ToldState] = ()) -> WorkflowInfo:
    """A workflow with the providers of its stages, as the workers have ``told`` of them."""
    workflow = catalogue.workflows[name]
    return WorkflowInfo(
        name=name,
        title=workflow.title,
        segments=segments_of(catalogue, name),
        stages=[
            StageInfo(
                name=stage.name,
                segment=stage.segment,
                needs=list(stage.needs),
                follows=list(stage.follows),
                providers=list(catalogue.providers[stage.name]),
                default_provider=catalogue.chains[stage.name][0],
                fallback_providers=list(catalogue.chains[stage.name][1:]),
                provider_states=standing_of(stage.name, catalogue.providers[stage.name], told),
            )
            for stage in workflow.stages
        ],
    )


def segments_of(catalogue: Catalogue, name: str) -> list[Segment]:
    """The numbered steps of a workflow."""
    segments = catalogue.workflows[name].segments
    return [Segment(id=number, name=segment_title(stages)) for number, stages in segments.items()]
