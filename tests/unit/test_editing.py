"""Edits of a page: what is redone, what is left alone, and in which order."""

from collections.abc import Mapping
from typing import Any

import pytest

from schemas import (
    Animation,
    Artifact,
    Clip,
    EncodedShot,
    Film,
    Illustration,
    ImageRequested,
    Narration,
    PageEdit,
    Record,
    Script,
    Setting,
    SpeechRequested,
    SplitScript,
    StageState,
    Story,
    Task,
    TaskState,
    TimeOfDay,
    Track,
    UnitState,
    VideoRequested,
    unit_page,
)
from talestream import admission, editing, rules, standing
from talestream.draft import Ref
from talestream.rules import NotAllowed, Superseded
from tests.unit.test_rules import BROKEN, HOPELESS, NOW, STORY, new, ordered_all, orders, script, take, told

SPLIT, MUSIC, FILM = Ref("split", "whole"), Ref("music", "whole"), Ref("video", "whole")
SHOTS = [Ref("shot", "2"), Ref("shot", "3")]
"""What is seen of page 2: itself, and in the transition to it, page 3."""
NEW_TEXT = PageEdit(story="Another story. It has two parts.")
NEW_PICTURE = PageEdit(image_prompt="a whale")
NEW_VOICE = PageEdit(voice="bf_emma")


def image(page: int) -> Ref:
    return Ref("image", str(page))


def speech(page: int) -> Ref:
    return Ref("speech", str(page))


def made(text: str, path: str) -> Artifact:
    content = f"{hash(text) % 2**64:064x}"
    return Artifact(uri=f"s3://bucket/{path}/{content}", path=path, role="x", mime="x/x", size_bytes=1, sha256=content)


def result_of(ref: Ref, order: Mapping[str, Any]) -> Record:  # noqa: PLR0911
    """What the stage makes of an order: a function of its inputs, so that another result tells of other inputs."""
    page = unit_page(ref.key) or 0
    match ref.stage:
        case "story":
            return Story(script=script())
        case "split":
            given = Script.model_validate(order["script"])
            pages = [page.model_copy(update={"segments": tuple(page.story.split(". "))}) for page in given.pages]
            return SplitScript(script=given.model_copy(update={"pages": tuple(pages)}))
        case "image":
            setting = Setting(place="meadow", time=TimeOfDay.NIGHT)
            return Illustration(page=page, picture=made(order["prompt"], f"image/p{page}.png"), setting=setting)
        case "animation":
            return Animation(page=page, video=made(order["picture"] + order["prompt"], f"a{page}.mp4"), duration_s=5)
        case "speech":
            said = [f"{text}|{order['voice']}" for text in order["segments"]]
            clips = [
                Clip(text=text, audio=made(text, f"s{page}_{n}.wav"), duration_s=len(text), last_word_s=1)
                for n, text in enumerate(said)
            ]
            return Narration(page=page, clips=tuple(clips), sample_rate_hz=24_000, voice="v")
        case "music":
            return Track(audio=made(str(order["passages"]), "music.wav"), duration_s=9)
        case "shot":
            return EncodedShot(page=page, segment_count=hash(str((order["shown"], order["before"]))) % 2**31)
        case "video":
            film = made(str(order["pages"]), "output.mp4")
            return Film(video=film, captions_srt=film, captions_vtt=film, duration_s=9, loudness_lufs=-16)
    raise AssertionError(ref)


def finish(task: Task, ref: Ref) -> Task:
    result = result_of(ref, task.outbox[ref.outbox_key].data)
    held = take(task, ref, task.stages[ref.stage].units[ref.key].ordered)
    attempt = held.stages[ref.stage].units[ref.key].attempt
    return rules.complete(held, ref, attempt, result, (), NOW)


def finish_all(task: Task) -> tuple[Task, list[Ref]]:
    """Complete whatever is ordered until nothing is left; and what that was, in order."""
    done: list[Ref] = []
    while queued := orders(task):
        _, stage, key = queued[0].split("-")
        done.append(Ref(stage, key))
        task = finish(task, done[-1])
    return task, done


def filmed() -> Task:
    task, _ = finish_all(ordered_all())
    assert task.state is TaskState.COMPLETED
    return task


def edit(task: Task, page: int, change: PageEdit) -> Task:
    return admission.admit(editing.edit(task, page, change, "x9", NOW), NOW)


def state(task: Task, ref: Ref) -> UnitState:
    return task.stages[ref.stage].units[ref.key].state


@pytest.mark.parametrize(
    ("change", "redone"),
    [
        (NEW_PICTURE, [image(2), SPLIT, *SHOTS, FILM]),
        (NEW_TEXT, [SPLIT, speech(2), MUSIC, *SHOTS, FILM]),
        (NEW_VOICE, [speech(2), MUSIC, *SHOTS, FILM]),
        (PageEdit(story="New.", image_prompt="new", voice="v"), [image(2), SPLIT, speech(2), MUSIC, *SHOTS, FILM]),
    ],
)
def test_only_what_depends_on_an_edit_is_redone_and_the_plan_foresees_it(change: PageEdit, redone: list[Ref]) -> None:
    task = filmed()
    assert list(editing.plan_edit(task, 2, change)) == redone
    after, done = finish_all(edit(task, 2, change))
    assert (set(done), len(done)) == (set(redone), len(redone))
    assert after.state is TaskState.COMPLETED
    assert editing.plan(after) == ()


def test_siblings_of_an_edited_page_are_not_touched() -> None:
    before = filmed()
    after = edit(before, 2, PageEdit(story="New.", image_prompt="new", voice="v"))
    for ref in (image(1), image(3), speech(1), speech(3)):
        assert after.stages[ref.stage].units[ref.key] is before.stages[ref.stage].units[ref.key]


def test_a_picture_is_ordered_with_what_was_written_before_it_and_an_edit_of_that_draws_nothing_anew() -> None:
    task = filmed()
    orders_of = [ImageRequested.of(task, page, 1) for page in (1, 2, 3)]
    first, second = task.written_script.pages[:2]
    assert [order.told_before for order in orders_of] == [
        "",
        f"{first.image_prompt}\n{first.story}",
        f"{first.image_prompt}\n{first.story}\n{second.image_prompt}\n{second.story}",
    ]
    assert ImageRequested.of(edit(task, 1, NEW_PICTURE), 2, 1) == orders_of[1]


def test_a_film_is_told_where_and_when_its_pictures_play() -> None:
    pages = VideoRequested.of(filmed(), None, 1).pages
    assert [page.setting for page in pages] == [Setting(place="meadow", time=TimeOfDay.NIGHT)] * 3


def test_the_plan_changes_nothing() -> None:
    task = filmed()
    before = task.model_dump_json()
    editing.plan_edit(task, 2, NEW_TEXT)
    assert task.model_dump_json() == before


def test_what_is_redone_waits_for_what_it_needs() -> None:
    task = edit(filmed(), 2, NEW_TEXT)
    assert orders(task) == ["request-split-whole"]
    assert [task.stages[name].state for name in ("split", "speech", "music", "video")] == [
        StageState.RUNNING,
        StageState.WAITING,
        StageState.WAITING,
        StageState.WAITING,
    ]
    assert (state(task, speech(2)), state(task, speech(1))) == (UnitState.STALE, UnitState.COMPLETED)
    task = finish(task, SPLIT)
    assert orders(task) == ["request-speech-2"]
    spoken = SpeechRequested.model_validate(task.outbox["request-speech-2"].data)
    assert spoken.segments == ("Another story", "It has two parts.")


def test_an_edited_page_is_ordered_with_its_change_and_the_others_as_they_were() -> None:
    before = filmed()
    task = edit(before, 2, NEW_PICTURE)
    drawn = ImageRequested.model_validate(task.outbox["request-image-2"].data)
    assert (drawn.prompt, drawn.story) == ("a whale", "")
    task, _ = finish_all(task)
    [film] = task.results("video", Film)
    assert film != before.results("video", Film)[0]


def test_a_changed_text_leaves_the_picture_that_was_drawn_to_the_old_one() -> None:
    task = edit(filmed(), 2, NEW_TEXT)
    assert ImageRequested.of(task, 2, 1).story == "Page 1."
    assert task.edited_script.pages[1].story == NEW_TEXT.story


def test_a_completed_task_goes_on_as_its_next_revision_and_completes_once_more() -> None:
    task = edit(filmed(), 2, NEW_VOICE)
    assert (task.revision, task.state, task.finished_at) == (2, TaskState.RUNNING, None)
    assert task.stages["speech"].execution_id == "x9"
    assert task.stages["image"].execution_id == "x1"
    task, _ = finish_all(task)
    assert told(task).count("TaskCompleted") == 2
    assert [told(task).count("StageCompleted"), task.finished_at] == [7 + 4, NOW]
    [edited] = [entry.data for entry in task.outbox.values() if entry.type == "TaskEdited"]
    assert edited["redone"] == [
        {"stage": "speech", "page": 2},
        {"stage": "music", "page": None},
        {"stage": "shot", "page": 2},
        {"stage": "shot", "page": 3},
        {"stage": "video", "page": None},
    ]


def test_the_former_results_stay_until_the_new_ones_are_there() -> None:
    before = filmed()
    task = edit(before, 2, NEW_VOICE)
    assert task.results("video", Film) == before.results("video", Film)
    task = finish(task, speech(2))
    assert task.results("speech", Narration)[1] != before.results("speech", Narration)[1]
    assert task.results("video", Film) == before.results("video", Film)


def test_music_whose_inputs_turn_out_to_be_the_same_is_kept() -> None:
    before = filmed()
    task = edit(before, 2, NEW_VOICE)
    held = take(task, speech(2), 2)
    [narration] = [found for found in before.results("speech", Narration) if found.page == 2]
    as_long = narration.model_copy(
        update={"clips": tuple(clip.model_copy(update={"audio": made("other", "s.wav")}) for clip in narration.clips)}
    )
    task = rules.complete(held, speech(2), 2, as_long, (), NOW)
    assert orders(task) == ["request-shot-2", "request-shot-3"]
    assert task.stages["music"].units["whole"].result == before.stages["music"].units["whole"].result
    assert task.stages["music"].state is StageState.COMPLETED


def test_segments_that_turn_out_to_be_others_are_spoken_anew_though_nobody_foresaw_it() -> None:
    task = edit(filmed(), 2, NEW_PICTURE)
    held = take(task, SPLIT, 2)
    pages = [page.model_copy(update={"segments": ("cut", "anew")}) for page in task.edited_script.pages]
    resplit = SplitScript(script=task.edited_script.model_copy(update={"pages": tuple(pages)}))
    task = rules.complete(held, SPLIT, 2, resplit, (), NOW)
    assert [key for key in orders(task) if "speech" in key] == [f"request-speech-{page}" for page in (1, 2, 3)]
    task, _ = finish_all(task)
    assert task.state is TaskState.COMPLETED
    assert editing.plan(task) == ()


def test_units_under_way_are_fenced_when_their_inputs_change_and_only_then() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    task = take(take(task, image(1)), image(2))
    task = edit(task, 2, NEW_PICTURE)
    with pytest.raises(Superseded):
        rules.complete(task, image(2), 1, Illustration(page=2, picture=made("", "p.png")), (), NOW)
    assert task.outbox["request-image-2"].data["attempt"] == 2
    assert [entry.type for entry in task.outbox.values() if "control" in entry.topic] == ["LookAgain"]
    task = rules.complete(task, image(1), 1, Illustration(page=1, picture=made("", "p.png")), (), NOW)
    assert state(task, image(1)) is UnitState.COMPLETED


def test_narration_under_way_to_a_text_that_is_no_longer_is_stopped_and_its_sibling_finishes() -> None:
    task = finish(finish(ordered_all(), STORY), SPLIT)
    task = take(take(task, speech(1)), speech(2))
    task = edit(task, 2, NEW_TEXT)
    assert (state(task, speech(1)), state(task, speech(2))) == (UnitState.RUNNING, UnitState.STALE)
    assert "request-speech-2" not in task.outbox
    with pytest.raises(Superseded):
        rules.fail(task, speech(2), 1, BROKEN, NOW)
    task = rules.fail(task, speech(1), 1, BROKEN, NOW)
    task, _ = finish_all(task)
    assert task.state is TaskState.COMPLETED
    assert told(task).count("TaskCompleted") == 1


def test_an_edit_that_is_taken_back_before_it_is_worked_makes_no_narration() -> None:
    before = filmed()
    task = edit(edit(before, 2, NEW_TEXT), 2, PageEdit(story=before.written_script.pages[1].story))
    assert task.edits == {}
    task = finish(task, SPLIT)
    assert orders(task) == []
    assert task.state is TaskState.COMPLETED
    assert task.results("video", Film) == before.results("video", Film)


def test_a_result_of_inputs_in_between_is_never_taken_for_one_of_the_last() -> None:
    before = filmed()
    task = finish(edit(before, 2, NEW_TEXT), SPLIT)
    assert orders(task) == ["request-speech-2"]
    task = edit(take(task, speech(2), 2), 2, PageEdit(story="Third."))
    task = edit(task, 2, NEW_TEXT)  # what was ordered before and never made
    task = finish(task, SPLIT)
    assert orders(task) == ["request-speech-2"]


def test_a_split_that_fails_after_an_edit_fails_the_task_and_can_be_retried() -> None:
    task = edit(filmed(), 2, NEW_TEXT)
    task = rules.fail(take(task, SPLIT, 2), SPLIT, 2, HOPELESS, NOW)
    assert (task.state, task.stages["speech"].state) == (TaskState.FAILED, StageState.WAITING)
    task, done = finish_all(admission.admit(rules.retry(task, "x2", NOW), NOW))
    assert done == [SPLIT, speech(2), MUSIC, *SHOTS, FILM]
    assert task.state is TaskState.COMPLETED


def test_a_page_that_failed_runs_again_when_its_prompt_is_changed() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    task = rules.fail(take(task, image(2)), image(2), 1, HOPELESS, NOW)
    task = finish(finish(task, image(1)), image(3))
    assert task.state is TaskState.FAILED
    task = edit(task, 2, NEW_PICTURE)
    assert (task.state, orders(task)) == (TaskState.RUNNING, ["request-image-2"])
    assert finish(task, image(2)).state is TaskState.COMPLETED


def test_an_edit_between_the_segments_orders_no_stage_that_was_not_ordered() -> None:
    task = finish(admission.admit(rules.order(new(), ["story"], "x1", NOW), NOW), STORY)
    task = edit(task, 2, NEW_TEXT)
    assert (orders(task), task.state, task.revision) == ([], TaskState.PENDING, 2)
    task = admission.admit(rules.order(task, ["split"], "x2", NOW), NOW)
    assert task.outbox["request-split-whole"].data["script"]["pages"][1]["story"] == NEW_TEXT.story


def test_everything_ordered_after_an_edit_waits_for_what_is_redone() -> None:
    task = finish(admission.admit(rules.order(new(), ["story", "image", "split", "speech"], "x1", NOW), NOW), STORY)
    task, _ = finish_all(task)
    task = edit(task, 2, NEW_TEXT)
    task = admission.admit(rules.order(task, ["music", "shot", "video"], "x2", NOW), NOW)
    assert orders(task) == ["request-shot-1", "request-split-whole"]
    task, done = finish_all(task)
    assert done == [Ref("shot", "1"), SPLIT, speech(2), MUSIC, *SHOTS, FILM]


def test_an_edit_that_says_what_is_already_so_changes_nothing() -> None:
    task = filmed()
    written = task.written_script.pages[1]
    assert edit(task, 2, PageEdit(story=written.story, image_prompt=written.image_prompt, voice=None)) is task
    once = edit(task, 2, NEW_VOICE)
    assert edit(once, 2, NEW_VOICE) is once


def test_a_voice_can_be_taken_back() -> None:
    task = edit(edit(filmed(), 2, NEW_VOICE), 2, PageEdit(voice=None))
    assert (task.edits, task.revision) == ({}, 3)
    assert task.outbox["request-speech-2"].data["voice"] is None


def test_edits_of_one_page_add_up() -> None:
    task = edit(edit(filmed(), 2, NEW_VOICE), 2, NEW_TEXT)
    assert task.edit_of(2) == PageEdit(story=NEW_TEXT.story, voice=NEW_VOICE.voice)


@pytest.mark.parametrize("page", [0, 4, -1])
def test_a_page_that_there_is_not_cannot_be_edited(page: int) -> None:
    with pytest.raises(NotAllowed) as refused:
        edit(filmed(), page, NEW_TEXT)
    assert refused.value.code == "unknown-page"


def test_nothing_can_be_edited_before_it_is_written_nor_after_a_cancel() -> None:
    with pytest.raises(NotAllowed) as refused:
        edit(ordered_all(), 1, NEW_TEXT)
    assert refused.value.code == "not-written"
    with pytest.raises(NotAllowed) as refused:
        edit(rules.cancel(finish(ordered_all(), STORY), NOW), 1, NEW_TEXT)
    assert refused.value.code == "cancelled"


def test_a_cancel_in_the_middle_of_an_edit_leaves_nothing_under_way() -> None:
    task = rules.cancel(edit(filmed(), 2, NEW_TEXT), NOW)
    assert orders(task) == []
    assert {unit.state for status in task.stages.values() for unit in status.units.values()} == {
        UnitState.COMPLETED,
        UnitState.CANCELLED,
    }
    assert task.state is TaskState.CANCELLED


def test_the_stored_script_takes_the_place_of_the_storys_own() -> None:
    stored = made("edited", "generated_stories/7/script_data.json")
    task = editing.edit(filmed(), 2, NEW_TEXT, "x9", NOW, stored)
    assert task.stages["story"].units["whole"].artifacts == (stored,)
    [entry] = [entry for entry in task.outbox.values() if entry.type == "TaskEdited"]
    assert [(copy.source, copy.target) for copy in entry.copies] == [(stored.uri, stored.path)]


def test_progress_tells_what_an_edit_left_to_do() -> None:
    task = edit(filmed(), 2, NEW_VOICE)
    assert standing.progress(task) == pytest.approx((3 + 2 / 3 + 1 / 3) / 7)
    assert standing.finished_segments(task) == 3


def test_an_order_for_the_film_names_the_content_of_what_it_is_made_of() -> None:
    task = filmed()
    request = VideoRequested.of(task, None, 1)
    assert request.pages[0].picture_sha256 == task.results("image", Illustration)[0].picture.sha256
    assert request.music_sha256 == task.results("music", Track)[0].audio.sha256
