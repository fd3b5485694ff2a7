"""Captions as Advanced SubStation Alpha: a player reads the same text, and each word lights up when it is heard."""

import re

import pysubs2
import pytest

from schemas import CaptionStyle, Word
from services.video.ass import ass
from services.video.captions import Cue
from services.video.looks import DARK_PAGE, LIGHT_PAGE, LOOKS

SIZE = (1280, 720)


def words(*spoken: tuple[str, float, float]) -> list[Word]:
    return [Word(text=text, start_s=start_s, end_s=end_s) for text, start_s, end_s in spoken]


def syllables(event: pysubs2.SSAEvent) -> list[tuple[float, str]]:
    """When each syllable lights up in the film, and its text."""
    at = event.start / 1000
    found = []
    for hundredths, text in re.findall(r"\{\\k(\d+)\}([^{]*)", event.text):
        found.append((round(at, 2), text))
        at += int(hundredths) / 100
    assert at == pytest.approx(event.end / 1000, abs=0.006)
    return found


def read(cues: list[Cue], spoken: list[Word]) -> list[pysubs2.SSAEvent]:
    return pysubs2.SSAFile.from_string(ass(cues, spoken, "A {film}", *SIZE)).events


def test_a_word_lights_up_when_it_is_heard() -> None:
    spoken = words(("Once", 1.0, 1.2), ("upon", 1.3, 1.5), ("a", 1.5, 1.6), ("time.", 1.62, 2.0))
    [event] = read([Cue(1.0, 2.35, ("Once upon", "a time."))], spoken)
    assert event.plaintext == "Once upon\na time."
    assert syllables(event) == [(1.0, "Once "), (1.3, "upon\\N"), (1.5, "a "), (1.62, "time.")]


def test_a_chinese_character_lights_up_for_itself_with_the_marks_behind_it() -> None:
    [event] = read([Cue(2.0, 3.0, ("小狐狸，", "笑了。"))], words(("小狐狸", 2.0, 2.6), ("笑了", 2.6, 3.0)))
    assert [text for _, text in syllables(event)] == ["小", "狐", "狸，\\N", "笑", "了。"]
    assert [start for start, _ in syllables(event)] == [2.0, 2.2, 2.4, 2.6, 2.8]


def test_what_is_read_otherwise_than_it_is_written_lights_up_between_its_neighbours() -> None:
    spoken = words(("In", 1.0, 1.2), ("twelve", 1.2, 1.7), ("days", 1.8, 2.0))
    [event] = read([Cue(1.0, 2.2, ("In 12 days",))], spoken)
    assert [text for _, text in syllables(event)] == ["In ", "12 ", "days"]
    assert [start for start, _ in syllables(event)] == [1.0, 1.4, 1.8]


def test_where_no_word_has_a_time_all_light_up_evenly() -> None:
    [event] = read([Cue(1.0, 3.0, ("one two", "three four"))], [])
    assert [start for start, _ in syllables(event)] == [1.0, 1.5, 2.0, 2.5]


def test_a_caption_that_is_there_before_its_word_waits() -> None:
    [event] = read([Cue(1.0, 2.0, ("Now!",))], words(("Now!", 1.4, 1.9)))
    assert syllables(event) == [(1.0, ""), (1.4, "Now!")]


@pytest.mark.parametrize("text", ["{\\an8}up", "a \\N b", "—", "…"])
def test_signs_of_the_format_are_shown_and_not_obeyed(text: str) -> None:
    [event] = read([Cue(1.0, 2.0, (text,))], [])
    assert event.plaintext == text.replace("{", "｛").replace("}", "｝").replace("\\", "＼")


def test_it_is_laid_out_for_the_size_of_the_film() -> None:
    document = pysubs2.SSAFile.from_string(ass([], [], "A {film}", 720, 1280))
    style = document.styles["Default"]
    assert (document.info["PlayResX"], document.info["PlayResY"], document.info["Title"]) == (
        "720",
        "1280",
        "A ｛film｝",
    )
    assert (style.fontname, style.alignment) == ("Noto Sans CJK SC", pysubs2.Alignment.BOTTOM_CENTER)
    assert style.marginl == style.marginr == 58
    assert 190 <= style.marginv <= 205


def test_a_boxed_caption_has_one_box_for_all_its_lines_as_libass_reads_it() -> None:
    text = ass([], [], "A film", *SIZE, LOOKS[CaptionStyle.BOXED])
    style = pysubs2.SSAFile.from_string(text).styles["Default"]
    assert style.borderstyle == 4
    assert 80 <= style.backcolor.a <= 120, "it is translucent"
    assert (style.outline, style.alignment) == (0, pysubs2.Alignment.BOTTOM_CENTER)
    assert style.shadow > 5, "which is its padding"


def test_a_page_is_large_in_the_middle_and_dark_where_its_picture_is_bright() -> None:
    cues = [Cue(1.0, 2.0, ("One",), page=1), Cue(2.0, 3.0, ("Two",), page=2)]
    inks = {1: LIGHT_PAGE, 2: DARK_PAGE}
    document = pysubs2.SSAFile.from_string(ass(cues, [], "A film", 720, 1280, LOOKS[CaptionStyle.CARD], inks))
    light, dark = (document.styles[event.style] for event in document.events)
    plain = pysubs2.SSAFile.from_string(ass([], [], "A film", 720, 1280)).styles["Default"]
    assert light.alignment == dark.alignment == pysubs2.Alignment.MIDDLE_CENTER
    assert light.fontsize > 1.3 * plain.fontsize
    assert light.secondarycolor.r > 200
    assert dark.secondarycolor.r < 80
    assert "\\pos(360,601.6)" in document.events[0].text
    assert document.events[0].plaintext == "One"
