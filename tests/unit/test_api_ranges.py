"""Byte ranges and file names of downloads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.files import Unsatisfiable, attachment, byte_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-99", (0, 99)),
        ("bytes=0-", (0, 99)),
        ("bytes=99-", (99, 99)),
        ("bytes=50-1000", (50, 99)),
        ("bytes=-1", (99, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes = 1 - 2", (1, 2)),
    ],
)
def test_a_range_within_the_file_is_cut_to_it(header: str, expected: tuple[int, int]) -> None:
    assert byte_range(header, 100) == expected


@pytest.mark.parametrize("header", ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "items=0-1", "bytes=a-b"])
def test_a_range_that_is_none_or_several_gives_the_whole_file(header: str) -> None:
    assert byte_range(header, 100) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)])
def test_a_range_outside_the_file_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        byte_range(header, size)


@given(st.text(alphabet="bytes=-0123456789, ", max_size=20), st.integers(0, 2**40))
def test_no_header_gives_bytes_that_the_file_has_not(header: str, size: int) -> None:
    try:
        found = byte_range(header, size)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found[0] <= found[1] < size


@given(st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable()))
def test_a_file_name_cannot_break_out_of_its_header(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert "\n" not in header
    assert header.count('"') == 2


def test_a_chinese_name_arrives_whole() -> None:
    assert attachment("狐.mp4") == "attachment; filename=\"_.mp4\"; filename*=UTF-8''%E7%8B%90.mp4"
