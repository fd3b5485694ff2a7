"""A task whose pictures are set in motion: what each order says, and what an edit redoes."""

import pytest

from schemas import AnimationRequested, PageEdit, TaskState, VideoRequested
from talestream import editing
from talestream.draft import Ref
from tests.unit.test_editing import MUSIC, NEW_PICTURE, NEW_TEXT, SHOTS, SPLIT, edit, filmed, finish_all, image, speech
from tests.unit.test_rules import ordered_all

FILM = Ref("video", "whole")
MOVING = Ref("animation", "2")


@pytest.mark.parametrize(
    ("change", "redone"),
    [
        (NEW_PICTURE, [image(2), SPLIT, MOVING, *SHOTS, FILM]),
        (NEW_TEXT, [SPLIT, speech(2), MUSIC, *SHOTS, FILM]),
    ],
)
def test_an_animation_is_made_anew_with_its_picture_and_kept_with_another_narration(
    change: PageEdit, redone: list[Ref]
) -> None:
    task, _ = finish_all(ordered_all("story-video-animated"))
    assert set(editing.plan_edit(task, 2, change)) == set(redone)
    after, done = finish_all(edit(task, 2, change))
    assert set(done) == set(redone)
    assert after.state is TaskState.COMPLETED


def test_an_animation_is_ordered_for_every_picture_with_what_it_shows() -> None:
    task, done = finish_all(ordered_all("story-video-animated"))
    order = AnimationRequested.of(task, 3, 1)
    picture = task.stages["image"].units["3"].result
    assert picture is not None
    assert {ref.key for ref in done if ref.stage == "animation"} == set("123")
    assert (order.picture, order.picture_sha256) == (picture["picture"]["uri"], picture["picture"]["sha256"])
    assert (order.prompt, order.width, order.height) == (task.script.pages[2].image_prompt, 1280, 720)


def test_a_film_is_ordered_with_the_animations_that_there_are() -> None:
    task, _ = finish_all(ordered_all("story-video-animated"))
    pages = VideoRequested.of(task, None, 1).pages
    made = [task.stages["animation"].units[key].result for key in "123"]
    assert [page.animation for page in pages] == [result and result["video"]["uri"] for result in made]
    assert {page.animation for page in VideoRequested.of(filmed(), None, 1).pages} == {None}
