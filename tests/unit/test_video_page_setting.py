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


@given(st.text("一二三的了在月亮狐狸，。走过座", max_size=30))
def test_phrases_make_up_their_text(text: str) -> None:
    assert "".join(phrases(text)) == text


def test_a_run_of_small_words_is_still_cut() -> None:
    assert max(map(len, phrases("把被从向和跟与对给让" * 3))) <= 2 * MOST
