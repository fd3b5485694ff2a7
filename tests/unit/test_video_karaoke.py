"""Which part of a caption lights up when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Word
from services.video.captions import Cue
from services.video.karaoke import Syllable, sung, syllables


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Once upon a time,", ["Once ", "upon ", "a ", "time,"]),
        ('He said, “Come in.” "Why?"', ["He ", "said, ", "“Come ", "in.” ", '"Why?"']),
        ("小狐狸说：“好。”", ["小", "狐", "狸", "说：", "“好。”"]),
        ("“月亮”（很远）", ["“月", "亮”", "（很", "远）"]),
        ("the fox's den — far", ["the ", "fox's ", "den — ", "far"]),
        ("那只fox来了", ["那", "只", "fox", "来", "了"]),
        ("…", ["…"]),
    ],
)
def test_a_mark_that_opens_goes_with_what_it_opens_every_other_with_what_it_follows(
    line: str, expected: list[str]
) -> None:
    assert syllables(line) == expected


@given(st.text("ab '“”。（ —月亮9", max_size=30))
def test_syllables_make_up_their_line(line: str) -> None:
    assert "".join(syllables(line)) == line


def test_a_line_of_marks_alone_lights_up_with_what_stands_before_it() -> None:
    [lit] = sung([Cue(1.0, 3.0, ("Oh", "…"))], [Word(text="Oh", start_s=1.5, end_s=2.0)])
    assert lit == ((Syllable("Oh", 1.5),), (Syllable("…", 1.5),))


@given(
    st.lists(st.sampled_from(["moon", "fox", "a", "12"]), min_size=1, max_size=8),
    st.lists(st.floats(0, 9), min_size=8, max_size=8),
)
def test_whatever_the_words_times_syllables_light_up_in_order_while_they_are_seen(
    texts: list[str], times: list[float]
) -> None:
    words = [
        Word(text=text, start_s=start, end_s=start + 0.1)
        for text, start in zip(texts, times, strict=False)
        if start > 2
    ]
    [lit] = sung([Cue(3.0, 6.0, (" ".join(texts),))], words)
    starts = [syllable.start_s for line in lit for syllable in line]
    assert starts == sorted(starts)
    assert starts[0] >= 3.0
    assert starts[-1] <= 6.0
