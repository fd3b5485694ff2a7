"""The hash of a unit's inputs: equal for equal work, another for anything that changes the result."""

from typing import Any

import pytest

from schemas import FilmClip, FilmPage, ImageRequested, SpeechRequested, SplitRequested, VideoRequested
from talestream.inputs import inputs_hash
from tests.unit.test_rules import script

IMAGE = ImageRequested(task_id=7, page=2, prompt="a fox on a hill", seed=5)
SHA = "a" * 64


def film(**fields: Any) -> VideoRequested:
    page = {"picture": "s3://bucket/1/p1.png", "clips": ({"text": "Once.", "audio": "s3://bucket/1/s1.wav"},)}
    return VideoRequested.model_validate({"task_id": 7, "pages": [page], **fields})


def test_whose_it_is_and_which_try_and_who_does_it_are_no_inputs() -> None:
    other = IMAGE.model_copy(update={"task_id": 8, "attempt": 3, "provider": "embedded"})
    assert inputs_hash(other) == inputs_hash(IMAGE)


@pytest.mark.parametrize(
    "change",
    [{"page": 3}, {"prompt": "a fox on a hill."}, {"seed": 6}, {"width": 640}, {"style": "ink"}, {"language": "zh"}],
)
def test_everything_else_of_an_order_is(change: dict[str, Any]) -> None:
    assert inputs_hash(IMAGE.model_copy(update=change)) != inputs_hash(IMAGE)


def test_equal_fields_of_another_stage_are_other_work() -> None:
    class ImageCopyRequested(ImageRequested):
        pass

    ImageCopyRequested.stage = "image-copy"
    assert inputs_hash(ImageCopyRequested(**IMAGE.model_dump())) != inputs_hash(IMAGE)


def test_an_object_counts_by_its_content_where_that_is_known() -> None:
    def clipped(place: str, sha: str | None) -> VideoRequested:
        clip = FilmClip(text="Once.", audio=f"s3://bucket/{place}.wav", audio_sha256=sha)
        return film(pages=(FilmPage(picture="s3://bucket/p.png", picture_sha256=SHA, clips=(clip,)),))

    assert inputs_hash(clipped("1/s1", SHA)) == inputs_hash(clipped("2/s1", SHA))
    assert inputs_hash(clipped("1/s1", SHA)) != inputs_hash(clipped("1/s1", "b" * 64))
    assert inputs_hash(clipped("1/s1", None)) != inputs_hash(clipped("2/s1", None))


def test_music_that_comes_and_music_that_goes_is_a_change() -> None:
    hashes = {inputs_hash(film()), inputs_hash(film(music="s3://bucket/m.wav", music_sha256=SHA))}
    hashes.add(inputs_hash(film(music="s3://bucket/m.wav", music_sha256="b" * 64)))
    assert len(hashes) == 3


def test_the_order_of_texts_counts_and_what_they_are_joined_to_does_too() -> None:
    said = [("ab", "c"), ("a", "bc"), ("c", "ab"), ("abc",)]
    assert len({inputs_hash(SpeechRequested(task_id=7, page=1, segments=texts)) for texts in said}) == len(said)


def test_a_hash_is_the_same_in_every_process_and_version() -> None:
    assert inputs_hash(SplitRequested(task_id=7, script=script(1))) == (
        "bfa7355e2cd4c19bf26735123aa240620a274e0ce8db105021208cf9fb1d012a"
    )
