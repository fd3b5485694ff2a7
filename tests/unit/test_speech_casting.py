"""Who says what on a page, and with which voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Character
from services.speech.casting import cast
from services.speech.dialogue import parts_of

RUBY = Character(name="Ruby", kind="fox")
OWL = Character(name="Old Ulla", kind="owl")
XIAO = Character(name="小满", kind="小狐狸")
VOICES = ("a", "b", "c", "d", "e")


def said(*segments: str, characters: tuple[Character, ...] = (RUBY, OWL)) -> list[tuple[str, str]]:
    """What is said in quotation marks, and by whom; the narrator is ''."""
    parts = [part for parts in parts_of(segments, characters) for part in parts]
    return [(part.text.strip(), part.speaker or "") for part in parts if part.text.strip()[0] in '"“「']


@pytest.mark.parametrize(
    ("page", "speakers"),
    [
        ("“It is far,” said Old Ulla. Ruby sighed.", ["Old Ulla"]),
        ("“It is far,” the owl said.", ["Old Ulla"]),
        ("“It is far,” Ruby said.", ["Ruby"]),
        ("Ruby asked, “Is it far?” Nobody knew.", ["Ruby"]),
        ("Ruby looked at Old Ulla and asked: “Is it far?”", ["Ruby"]),
        ("“Yes,” said the owl. “Very far.”", ["Old Ulla", "Old Ulla"]),
        ("“Is it far?” asked Ruby. “It is,” said Old Ulla.", ["Ruby", "Old Ulla"]),
        ("Ruby came home with Old Ulla. “I did it,” she told everybody.", ["Ruby"]),
        ("“We did it!” they roared. Truly, Ruby had.", [""]),
        ("“So small,” people in the house by the great green river said about Ruby.", [""]),
        ("Nobody was there. “Who said that?”", [""]),
        ("It was 5” long, and Ruby said so.", []),
        ('"Straight," said Ruby, "as it is typed."', ["Ruby", "Ruby"]),
    ],
)
def test_a_quotation_is_whose_the_story_says(page: str, speakers: list[str]) -> None:
    assert [speaker for _, speaker in said(page)] == speakers


@pytest.mark.parametrize(
    ("page", "speakers"),
    [
        ("小满说：“我要摸月亮。”", ["小满"]),
        ("“我要摸月亮。”小满说，高兴极了。", ["小满"]),
        ("山谷里有一只小狐狸，名叫小满。它望着月亮说：“总有一天！”", ["小满"]),
        ("“成功啦！”没错，小满摸到了月亮。", [""]),
        ("“我不小，”小满说，“因为我有大家。”", ["小满", "小满"]),
    ],
)
def test_a_chinese_quotation_is_whose_the_story_says(page: str, speakers: list[str]) -> None:
    assert [speaker for _, speaker in said(page, characters=(XIAO,))] == speakers


def test_a_quotation_over_several_segments_has_one_speaker() -> None:
    assert said("“It is far. ", "You will be tired,” said the owl.") == [("“It is far.", "Old Ulla")]
    parts = parts_of(("“It is far.", "You will be tired,” said the owl."), (OWL,))
    assert [[(part.text, part.speaker) for part in segment] for segment in parts] == [
        [("“It is far.", "Old Ulla")],
        [("You will be tired,”", "Old Ulla"), (" said the owl.", None)],
    ]


def test_what_two_characters_are_names_neither_of_them() -> None:
    two = (Character(name="Ruby", kind="fox"), Character(name="Rusty", kind="fox"))
    assert said("“Hush,” said the fox.", characters=two) == [("“Hush,”", "")]


@given(st.lists(st.text('ab .,!?“”"「」狐狸说：Ruby', max_size=30), min_size=1, max_size=4))
def test_nothing_of_a_page_is_lost_or_added(segments: list[str]) -> None:
    parts = parts_of(segments, (RUBY, XIAO))
    assert ["".join(part.text for part in segment) for segment in parts] == segments


def test_each_character_has_a_voice_of_its_own_and_keeps_it() -> None:
    everybody = (RUBY, OWL, XIAO)
    first = cast(everybody, VOICES, "z", seed=3)
    assert len(set(first.values())) == 3
    assert first == cast(everybody, reversed(VOICES), "z", seed=3)
    assert any(first != cast(everybody, VOICES, "z", seed=seed) for seed in range(10))


def test_a_page_with_another_narrator_changes_the_voice_of_nobody_else() -> None:
    everybody = (RUBY, OWL, XIAO)
    usual = cast(everybody, VOICES, "z", seed=3)
    told_by_rubys = cast(everybody, VOICES, usual["Ruby"], seed=3)
    assert told_by_rubys["Ruby"] not in usual.values()
    assert {**told_by_rubys, "Ruby": usual["Ruby"]} == usual


def test_voices_are_chosen_by_name_or_by_what_somebody_is() -> None:
    given_voices = cast((RUBY, OWL, XIAO), VOICES, "z", seed=3, chosen={"ruby": "e", "OWL": "cloned"})
    assert (given_voices["Ruby"], given_voices["Old Ulla"]) == ("e", "cloned")
    assert given_voices["小满"] in {"a", "b", "c", "d"}


def test_with_one_voice_everybody_has_it() -> None:
    assert set(cast((RUBY, OWL), ("only",), "only", seed=1).values()) == {"only"}
    assert set(cast((RUBY, OWL), (), "only", seed=1).values()) == {"only"}
