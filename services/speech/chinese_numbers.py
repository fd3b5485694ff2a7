"""Numbers, dates, times, money and measures inside Chinese text, written out in characters as they are said."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_LONGEST_NUMBER = 16
"""Digits; longer ones are read digit by digit."""

_CURRENCIES: Mapping[str, str] = {"¥": "元", "￥": "元", "$": "美元", "＄": "美元", "€": "欧元", "£": "英镑"}
_UNITS: Mapping[str, str] = {
    "km/h": "公里每小时",
    "km": "公里",
    "kg": "公斤",
    "cm": "厘米",
    "mm": "毫米",
    "m": "米",
    "mg": "毫克",
    "g": "克",
    "ml": "毫升",
    "mL": "毫升",
    "L": "升",
    "min": "分钟",
    "h": "小时",
    "s": "秒",
    "GB": "吉字节",
    "MB": "兆字节",
}
_TEMPERATURES: Mapping[str, str] = {
    "℃": "摄氏度",
    "°C": "摄氏度",
    "℉": "华氏度",
    "°F": "华氏度",
    "°": "度",
}
_MEASURE_WORDS = (
    "个只条张本位名头匹颗棵朵片块座间家件双对把支枝根束串群道扇盏艘辆架台滴杯碗瓶盒袋封首句次遍天年岁周里米斤层页圈步"
)
"""Before these a single 2 is 两."""


class NumberRead(NamedTuple):
    """A number found in a text: where it ends, and what is said for it."""

    end: int
    spoken: str


def read_number(text: str, start: int) -> NumberRead | None:
    """The number, with its unit, that starts at ``text[start]``; None when none does."""
    for pattern, say in _PATTERNS:
        if (found := pattern.match(text, start)) and (spoken := say(found)):
            return NumberRead(found.end(), spoken)
    return None


def cardinal(number: str) -> str:
    """A number written in digits, as an amount: ``3.50`` is 三点五零, ``1,200`` is 一千二百."""
    import cn2an  # noqa: PLC0415

    whole, _, decimals = number.replace(",", "").partition(".")
    if len(whole) > _LONGEST_NUMBER or (len(whole) > 1 and whole.startswith("0")):
        said = digits(whole)
    else:
        said = str(cn2an.an2cn(whole, "low"))
    return f"{said}点{digits(decimals)}" if decimals else said


def digits(number: str) -> str:
    """A number digit by digit."""
    return number.translate(_DIGITS)


def _date(found: re.Match[str]) -> str | None:
    year, month, day = found.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{digits(year)}年{cardinal(str(int(month)))}月{cardinal(str(int(day)))}日"


def _time(found: re.Match[str]) -> str | None:
    hour, minute, second = (int(part) if part else None for part in found.groups())
    if hour is None or minute is None or hour > 24 or minute > 59 or (second or 0) > 59:
        return None
    said = f"{_counted(str(hour))}点"
    if minute or second:
        said += ("零" if 0 < minute < 10 else "") + f"{cardinal(str(minute))}分"
    if second:
        said += ("零" if second < 10 else "") + f"{cardinal(str(second))}秒"
    return said


def _year(found: re.Match[str]) -> str:
    year = found[1]
    return cardinal(year) if year in {"1000", "3000", "5000"} else digits(year)


def _percent(found: re.Match[str]) -> str:
    return f"{_sign(found[1])}百分之{cardinal(found[2])}"


def _fraction(found: re.Match[str]) -> str | None:
    return f"{cardinal(found[2])}分之{cardinal(found[1])}" if int(found[2]) else None


def _money(found: re.Match[str]) -> str:
    return f"{_counted(found[2])}{found[3] or ''}{_CURRENCIES[found[1]]}"


def _temperature(found: re.Match[str]) -> str:
    return f"{'零下' if found[1] else ''}{cardinal(found[2])}{_TEMPERATURES[found[3]]}"


def _measured(found: re.Match[str]) -> str:
    return f"{_sign(found[1])}{_counted(found[2])}{_UNITS[found[3]]}"


def _range(found: re.Match[str]) -> str:
    return f"{cardinal(found[1])}到{cardinal(found[2])}"


def _telephone(found: re.Match[str]) -> str:
    return digits(found[0].replace("-", "")).replace("一", "幺")


def _counted_here(found: re.Match[str]) -> str:
    return _counted(found[1])


def _plain(found: re.Match[str]) -> str:
    return f"{_sign(found[1])}{cardinal(found[2])}"


def _counted(number: str) -> str:
    return "两" if number == "2" else cardinal(number)


def _sign(written: str | None) -> str:
    return "负" if written else ""


def _any_of(names: Mapping[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (re.compile(pattern, re.ASCII), say)
    for pattern, say in (
        (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _date),
        (r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?!\d)", _time),
        (r"(\d{4})(?=\s*年)", _year),
        (r"(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}|\d{3}-\d{4})(?!\d)", _telephone),
        (rf"([-−])?({_NUMBER})\s*[%％]", _percent),
        (r"(\d+)/(\d+)(?![\d/])", _fraction),
        (rf"([{''.join(map(re.escape, _CURRENCIES))}])\s*({_NUMBER})(百万|千万|[十百千万亿])?", _money),
        (rf"([-−])?({_NUMBER})\s*({_any_of(_TEMPERATURES)})", _temperature),
        (rf"([-−])?({_NUMBER})\s*({_any_of(_UNITS)})(?![A-Za-z])", _measured),
        (rf"({_NUMBER})\s*[-–~～—]\s*({_NUMBER})", _range),
        (rf"(2)(?=[{_MEASURE_WORDS}])", _counted_here),
        (rf"([-−])?({_NUMBER})", _plain),
    )
)
