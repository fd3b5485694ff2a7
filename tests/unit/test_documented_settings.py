"""Every setting that the documentation names is one."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from talestream.settings import Settings

PREFIX = "TALESTREAM_"
TABLE = re.compile(r"^\| [^|]*, after `(TALESTREAM_[A-Z_]+__)` \|.*\n((?:\|.*\n)+)", re.MULTILINE)
"""A table of settings that have a beginning in common."""


def named(text: str) -> Iterator[str]:
    """The settings that a text names, whole or as a row of such a table."""
    yield from re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", text)
    for beginning, rows in TABLE.findall(text):
        for row in rows.splitlines()[1:]:
            yield from (beginning + name for name in re.findall(r"`([A-Z0-9_]+)`", row.split("|")[1]))


def is_setting(name: str) -> bool:
    """Whether a variable of that name is read by :class:`Settings`: into a field, or a group of fields."""
    return leads_somewhere(Settings, name.removeprefix(PREFIX).lower().split("__"))


def leads_somewhere(kind: Any, path: list[str]) -> bool:
    """Whether a value of that type has what the path names."""
    if not path:
        return True
    first, *rest = path
    if get_origin(kind) in {Union, UnionType}:
        return any(leads_somewhere(one, path) for one in get_args(kind))
    if get_origin(kind) is dict:
        return leads_somewhere(get_args(kind)[1], rest)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return first in kind.model_fields and leads_somewhere(kind.model_fields[first].annotation, rest)
    return False


DOCUMENTED = sorted(
    (str(page), name)
    for page in (*Path("docs").glob("**/*.md"), Path("README.md"), Path("CONTRIBUTING.md"), Path("CHANGELOG.md"))
    for name in set(named(page.read_text()))
)


@pytest.mark.parametrize(("page", "name"), DOCUMENTED)
def test_a_setting_that_the_documentation_names_is_one(page: str, name: str) -> None:
    assert is_setting(name), f"{page} names {name}"


def test_tables_of_settings_are_read() -> None:
    assert ("docs/voices-and-music.md", "TALESTREAM_MUSIC_MODEL__OVERLAP_S") in DOCUMENTED
    assert ("docs/cloud-video.md", "TALESTREAM_CLOUD_VIDEO__PIKA__RESOLUTION") in DOCUMENTED


@pytest.mark.parametrize(
    "name", ["TALESTREAM_NOTHING", "TALESTREAM_KAFKA__NOTHING", "TALESTREAM_MODE__OF", "TALESTREAM_IMG2VID__MODEL"]
)
def test_what_is_no_setting_is_told_from_those_that_are(name: str) -> None:
    assert not is_setting(name)
