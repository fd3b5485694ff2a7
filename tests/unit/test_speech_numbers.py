"""Numbers in Chinese text as they are said."""

import pytest

from services.speech.chinese_numbers import read_number


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("3", "三"),
        ("12", "十二"),
        ("1,200", "一千二百"),
        ("3.05", "三点零五"),
        ("007", "零零七"),
        ("-8", "负八"),
        ("50%", "百分之五十"),
        ("1/2", "二分之一"),
        ("10:30", "十点三十分"),
        ("2:05", "两点零五分"),
        ("8:00", "八点"),
        ("2024-03-05", "二零二四年三月五日"),
        ("-5℃", "零下五摄氏度"),
        ("¥20", "二十元"),
        ("$2万", "两万美元"),
        ("3-5", "三到五"),
        ("2km", "两公里"),
        ("13800138000", "幺三八零零幺三八零零零"),
        ("1" * 20, "一" * 20),
    ],
)
def test_a_number_is_said_as_a_reader_would(written: str, spoken: str) -> None:
    assert read_number(written, 0) == (len(written), spoken)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("1999年", "一九九九"), ("2个苹果", "两"), ("12个苹果", "十二"), ("99:99", "九十九"), ("5/0", "五"), ("3D", "三")],
)
def test_what_follows_a_number_decides_how_it_is_said(text: str, spoken: str) -> None:
    number = read_number(text, 0)
    assert number is not None
    assert number.spoken == spoken


def test_there_is_no_number_where_none_starts() -> None:
    assert read_number("月亮", 0) is None
    assert read_number("४", 0) is None
