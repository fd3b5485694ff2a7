"""What can be ordered, and which stages a segment runs."""

from typing import Any

import pytest

from schemas import Request, Workflow, builtin_workflows
from services.api.catalogue import Catalogue, segment_title
from services.api.domain import stages_of_segment
from services.api.errors import Invalid
from talestream.providers import Providers
from talestream.settings import Settings


def workflow(name: str, *stages: dict[str, Any]) -> Workflow:
    return Workflow.model_validate({"name": name, "stages": stages})


def catalogue(*more: Workflow) -> Catalogue:
    return Catalogue({**builtin_workflows(), **{one.name: one for one in more}}, Providers())


def test_without_a_name_the_default_workflow_is_meant() -> None:
    assert catalogue().workflow(None).name == "story-video"


def test_pictures_are_set_in_motion_where_the_operator_says_by_whom() -> None:
    still, moving = (Catalogue.of(Settings(mode="embedded", img2vid=name)) for name in (None, "simulated"))
    assert "animation" not in {stage.name for stage in still.workflow(None).stages}
    assert "story-video-animated" not in still.workflows
    assert "animation" in {stage.name for stage in moving.workflow(None).stages}
    assert moving.chains["animation"] == ("simulated",)
    assert moving.workflow("story-video").name == "story-video"


def test_an_unknown_workflow_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Invalid, match="story-audiobook, story-pictures, story-video"):
        catalogue().workflow("no-such")


def test_a_task_may_name_a_provider_or_the_chain_as_it_is_configured_and_no_other() -> None:
    offered = Catalogue(builtin_workflows(), Providers({"image": "simulated,embedded"}))
    film = offered.workflow(None)
    for name in ("embedded", "simulated", "simulated,embedded"):
        offered.check_providers(film, {"image": name})
    with pytest.raises(Invalid, match="embedded,simulated"):
        offered.check_providers(film, {"image": "embedded,simulated"})
    with pytest.raises(Invalid, match="simulated,embedded"):
        offered.check_providers(film, {"speech": "simulated,embedded"})


@pytest.mark.parametrize("name", ["direct"])
def test_the_name_of_tasks_that_came_by_topic_is_reserved(name: str) -> None:
    with pytest.raises(ValueError, match="direct"):
        catalogue(workflow(name, {"name": "story"}))


def test_a_workflow_with_a_stage_that_nothing_runs_stops_the_start() -> None:
    assert "dance" not in Request.registry
    with pytest.raises(ValueError, match="dance"):
        catalogue(workflow("ballet", {"name": "story"}, {"name": "dance", "needs": ["story"]}))


def test_a_segment_is_called_by_the_stage_that_it_ends_with() -> None:
    segments = builtin_workflows()["story-video"].segments
    assert [segment_title(stages) for stages in segments.values()] == ["Story", "Image", "Split", "Speech", "Video"]


def test_a_segment_runs_its_own_stages() -> None:
    assert stages_of_segment(builtin_workflows()["story-video"], 5) == ["music", "shot", "video"]


def test_a_segment_also_runs_what_it_needs_and_no_segment_runs() -> None:
    graph = workflow(
        "hidden-split",
        {"name": "story", "segment": 1},
        {"name": "split", "needs": ["story"]},
        {"name": "speech", "needs": ["split"], "segment": 2},
    )
    assert stages_of_segment(graph, 1) == ["story"]
    assert stages_of_segment(graph, 2) == ["split", "speech"]
