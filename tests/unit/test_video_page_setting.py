"""Text set as on a page of a book, and the phrases between which Chinese breaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.video.chinese_phrases import MOST, phrases
from services.video.line_breaking import NEVER_FIRST, NEVER_LAST
from services.video.page_setting import pages

EN = "On the way he met an old owl. The moon is far away, said the owl, but I know a path. It climbs to the sky."
ZH = "路上，他遇见了一位老猫头鹰。“月亮很远很远，”他说，“不过我知道一条几乎通到天上的小路。”"


def ruler(text: str) -> float:
    return sum(2 if letter > "\u2e80" or letter in "“”" else 1 for letter in text)


@pytest.mark.parametrize(("text", "language", "width"), [(EN, "en", 24), (ZH, "zh", 24)])
def test_lines_of_a_page_are_nearly_equal(text: str, language: str, width: int) -> None:
    [page] = pages(text, language, ruler, width, 8)  # type: ignore[arg-type]
    widths = [ruler(line) for line in page]
    assert max(widths) <= width
    assert len(page) <= -(-sum(widths) // (0.8 * width))
    assert min(widths) >= 0.6 * max(widths)


def test_a_text_too_long_for_a_page_is_cut_behind_a_sentence() -> None:
    found = pages(EN, "en", ruler, 24, 4)
    assert len(found) == 2
    assert found[0][-1].endswith(".")
    assert all(len(page) <= 4 for page in found)


def test_a_line_does_not_end_with_a_word_that_leans_on_the_next() -> None:
    [page] = pages("He saw the moon and a star in the sky", "en", ruler, 14, 6)
    assert not any(line.split()[-1] in {"the", "and", "a", "in"} for line in page[:-1])


@settings(deadline=None)
@given(st.text("ab ,.月亮，。“”", max_size=60), st.integers(8, 30), st.integers(1, 6))
def test_no_page_loses_a_letter_whatever_its_size(text: str, width: int, most: int) -> None:
    found = pages(text, "zh", ruler, width, most)
    assert "".join(line for page in found for line in page).replace(" ", "") == text.replace(" ", "")
    assert all(1 <= len(page) <= most for page in found)


@pytest.mark.parametrize("width", range(12, 44, 4))
def test_chinese_lines_of_a_page_keep_marks_where_they_belong(width: int) -> None:
    lines = [line for page in pages(ZH, "zh", ruler, width, 9) for line in page]
    assert not any(line[0] in NEVER_FIRST for line in lines)
    assert not any(line[-1] in NEVER_LAST for line in lines)


def test_small_words_stay_with_what_they_belong_to() -> None:
    found = phrases("他们走过了三座桥，翻过了两座山，终于来到了海边。")
    assert not any(phrase[0] in "了的着" for phrase in found)
    assert not any(phrase in {"三", "两"} for phrase in found)


def test_no_phrase_ends_inside_a_word() -> None:
    text = "小狐狸带上一盏灯，老猫头鹰眨了眨眼睛，天还没亮就出发了。"
    found = phrases(text)
    assert len(found) >= 6
    for word in ("狐狸", "一盏灯", "猫头鹰", "眼睛", "出发"):
        assert any(word in phrase for phrase in found)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("他们在挂满苹果的果园里遇见了小鹿。", "果园里"),
        ("桌子上放着厚厚的书。", "桌子上"),
        ("小狐狸坐在家门口，等妈妈回来。", "家门口"),
        ("它停在书架旁边。", "书架旁边"),
        ("小兔子跑到大山后面去了。", "大山后面"),
        ("他看着天空中的星星。", "天空中的"),
        ("森林深处有一座城堡。", "森林深处"),
        ("花园外面站着一头大象。", "花园外面"),
        ("他走到村子中间。", "村子中间"),
        ("小镇上的人都来了。", "小镇上的"),
        ("他数了一百二十颗星星。", "一百二十颗"),
        ("他等了二十一天。", "二十一天"),
        ("盒子里有12只小鸟。", "12只"),
        ("早知道的话，他就不去了。", "知道的话"),
    ],
)
def test_a_place_stays_with_what_it_is_at_and_a_number_with_its_measure(text: str, whole: str) -> None:
    assert any(whole in phrase for phrase in phrases(text)), phrases(text)


def test_a_verb_that_is_a_place_s_word_too_stays_with_what_follows() -> None:
    assert "他" in phrases("他上了山，又下了山。")


@given(
    st.lists(st.sampled_from(("小狐狸带着灯笼走进了", "森林", "的", "了", "着", "过", "吧", "呢", "吗")), max_size=9)
)
def test_no_phrase_but_the_first_of_a_text_begins_with_a_particle(words: list[str]) -> None:
    assert not any(phrase[0] in "的了着过吧呢吗" for phrase in phrases("".join(words))[1:])


@given(st.text("一二三的了在月亮狐狸，。走过座", max_size=30))
def test_phrases_make_up_their_text(text: str) -> None:
    assert "".join(phrases(text)) == text


def test_a_run_of_small_words_is_still_cut() -> None:
    assert max(map(len, phrases("把被从向和跟与对给让" * 3))) <= 2 * MOST
