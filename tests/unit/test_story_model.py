"""What a language model is asked and how its answers are read: without any model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from schemas import Character, Language, Mood, StoryRequested
from services.story.asking import understood
from services.story.blanks import blanks
from services.story.chat import Reply
from services.story.lexicon import table
from services.story.long_text import allotted, pieces
from services.story.prompts import Prompts, Stretch
from services.story.written import Part, WrittenPage, form_of_part, page_of, with_looks

PAGE = {"story": "Pip looked up. “Is that the moon?” he said.", "image_prompt": "Pip on a hill", "mood": "wonder"}
PIP = {"name": "Pip", "kind": "fox", "description": "a small red fox with a green scarf"}
WHOLE = {"title": "Pip and the Moon", "place": "a hill", "characters": [PIP], "pages": [PAGE, PAGE]}
FORM = form_of_part(2, 500, is_first=True, is_last=True)


def pages_of(answer: BaseModel) -> list[WrittenPage]:
    return Part.model_validate(answer.model_dump()).pages


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(WHOLE),
        json.dumps(WHOLE, ensure_ascii=False, indent=2),
        f"<think>The user wants {{a fox}}.</think>\n{json.dumps(WHOLE)}",
        f"Here is your story:\n```json\n{json.dumps(WHOLE, indent=1)}\n```\nI hope that you like it!",
        json.dumps(WHOLE)[:-1] + ",}",
        json.dumps(WHOLE).replace('"title"', "title").replace('"place"', "'place'"),
        json.dumps(WHOLE | {"moral": "Ask the moon."}),
    ],
    ids=["plain", "indented", "after thoughts", "in a fence", "comma too many", "bare keys", "key too many"],
)
def test_a_whole_answer_is_understood_whatever_stands_around_it(said: str) -> None:
    answer = understood(FORM, Reply(said))
    assert [page.story for page in pages_of(answer)] == [PAGE["story"]] * 2
    assert Part.model_validate(answer.model_dump()).title == "Pip and the Moon"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("Once upon a time there was a fox.", "valid dictionary"),
        ("", "valid dictionary"),
        (json.dumps(WHOLE | {"pages": [PAGE]}), "at least 2"),
        (json.dumps(WHOLE | {"pages": [PAGE] * 3}), "at most 2"),
        (json.dumps(WHOLE | {"characters": []}), "at least 1"),
        (json.dumps(WHOLE | {"pages": [PAGE, PAGE | {"mood": "spooky"}]}), "'calm'"),
        (json.dumps(WHOLE | {"pages": [PAGE, PAGE | {"story": ""}]}), "at least 1 character"),
        (json.dumps({name: value for name, value in WHOLE.items() if name != "title"}), "Field required"),
    ],
)
def test_an_answer_that_is_no_script_is_refused_with_the_reason(said: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        understood(FORM, Reply(said))


@given(st.integers(0, len(json.dumps(WHOLE)) - 1))
def test_an_answer_that_was_cut_off_is_not_made_whole(end: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        understood(FORM, Reply(json.dumps(WHOLE)[:end], is_cut=True))


@given(st.text())
def test_any_words_are_either_understood_or_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"answer|valid|required"):
        understood(FORM, Reply(said))


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("is_last", [True, False])
def test_the_schema_of_a_part_admits_what_its_form_admits(is_first: bool, is_last: bool) -> None:
    form = form_of_part(2, 60, is_first=is_first, is_last=is_last)
    schema = Draft202012Validator(form.model_json_schema())
    answer = {name: WHOLE[name] for name in (["title", "place"] if is_first else []) + ["characters", "pages"]}
    answer |= {} if is_last else {"summary": "Pip saw the moon."}
    assert list(answer) == list(form.model_json_schema()["properties"])
    assert schema.is_valid(answer)
    assert form.model_validate(answer)
    for wrong in (
        {"pages": [PAGE]},
        {"pages": [PAGE, PAGE | {"story": "x" * 61}]},
        {"pages": [PAGE, PAGE | {"mood": "spooky"}]},
    ):
        assert not schema.is_valid(answer | wrong)
        with pytest.raises(ValidationError):
            form.model_validate(answer | wrong)
    assert not schema.is_valid(answer | {"moral": "none"})


def test_everybody_in_a_picture_looks_as_they_always_do() -> None:
    cast = [Character.model_validate(PIP), Character(name="Moss", kind="owl", description="an old grey owl")]
    assert with_looks("Pip jumps on a hill.", cast) == "Pip jumps on a hill. Pip: a small red fox with a green scarf"
    assert "owl" not in with_looks("Pip jumps", cast)
    assert with_looks("an owl in a tree", cast).endswith("Moss: an old grey owl")
    assert with_looks("A wide sea at dawn", cast).endswith("Pip: a small red fox with a green scarf")
    both = with_looks("Moss talks to Pip", cast)
    assert "Pip: a small red fox" in both
    assert "Moss: an old grey owl" in both
    said = "a small red fox with a green scarf, Pip, sleeps"
    assert with_looks(said, cast) == said
    assert "an old grey owl" not in with_looks("Pip growls", cast)
    assert with_looks("小白在山上", [Character(name="小白", kind="兔子", description="白色的小兔")]).endswith(
        "小白: 白色的小兔"
    )


def test_a_sentence_that_the_end_of_the_room_cut_off_is_left_out() -> None:
    def told(story: str, longest: int) -> str:
        return page_of(WrittenPage(story=story, image_prompt="a hill", mood=Mood.CALM), [], longest).story

    assert told("Pip ran up the hill. He saw the mo", 34) == "Pip ran up the hill."
    assert told("Pip ran up the hill. He saw the mo", 90) == "Pip ran up the hill. He saw the mo"
    assert told("Pip. He ran up the whole long hill", 34) == "Pip. He ran up the whole long hill"
    assert told("“月亮！”他说。他跑上了", 12) == "“月亮！”他说。"


@given(st.text(alphabet="ab 。.!\n月", min_size=1, max_size=400), st.integers(1, 60))
def test_a_long_text_is_cut_into_pieces_that_fit_and_lose_nothing(text: str, longest: int) -> None:
    found = pieces(text, longest)
    assert "".join(found) == text
    assert all(0 < len(piece) <= longest for piece in found)


def test_a_long_text_is_cut_between_paragraphs_or_sentences_where_it_can_be() -> None:
    paragraphs = "".join(f"Paragraph {number} says a few words.\n\n" for number in range(12))
    assert all(
        piece.strip().startswith("Paragraph") and piece.endswith("words.\n\n") for piece in pieces(paragraphs, 120)
    )
    chinese = "小狐狸跑上了山。" * 30
    assert all(piece.endswith("。") for piece in pieces(chinese, 50))
    lengths = [len(piece) for piece in pieces(chinese, 130)]
    assert max(lengths) - min(lengths) <= 8


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12), st.integers(0, 40))
def test_every_stretch_gets_a_page_and_no_page_is_lost(lengths: list[int], more: int) -> None:
    total = len(lengths) + more
    pages = allotted(total, lengths)
    assert sum(pages) == total
    assert min(pages) >= 1
    for at, length in enumerate(lengths):
        share = 1 + more * length / sum(lengths)
        assert abs(pages[at] - share) <= 1


def test_more_stretches_than_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="not enough"):
        allotted(2, [5, 5, 5])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", [None, "There was a fox."])
@pytest.mark.parametrize(("first", "last"), [(1, 6), (1, 3), (3, 4), (4, 6)])
def test_a_question_says_everything_and_leaves_no_blank(
    language: Language, text: str | None, first: int, last: int
) -> None:
    request = StoryRequested(task_id=1, topic="a {hero} who wants to touch the moon", main_role="Pip", scene="a hill")
    stretch = Stretch(first, last, 6, text)
    cast = [Character.model_validate(PIP)]
    system, user = Prompts(language).part(request, stretch, cast, "Pip has seen the moon.")
    assert (system.role, user.role) == ("system", "user")
    assert all(mood in system.content for mood in Mood)
    assert "JSON" in system.content
    assert str(stretch.count) in user.content
    assert ('"summary"' in user.content) == (last < 6)
    assert ('"title"' in user.content) == (first == 1)
    if first == 1:
        assert "a {hero} who wants to touch the moon" in user.content
        assert "a hill" in user.content
    else:
        assert "Pip has seen the moon." in user.content
        assert "green scarf" in user.content
    assert (text or "") in user.content
    for blank in ("{topic}", "{text}", "{count}", "{total}", "{first}", "{last}", "{moods}", "{more}", "{scene}"):
        assert blank not in system.content + user.content


def test_the_languages_are_asked_in_with_equal_means() -> None:
    english, chinese = (table(f"{language}/model.toml") for language in ("en", "zh"))
    assert set(english) == set(chinese)
    assert {name: blanks(text) for name, text in english.items()} == {n: blanks(text) for n, text in chinese.items()}
