"""The Fluent Emoji collection: one file of about 100 MB, from which single drawings are read on demand. Beside it are
our own drawings of what it lacks.

Decoding the whole file would cost seconds and several hundred megabytes. A drawing's place in the file is found
instead: ``"body":`` with plain quotes occurs only as a key, since a quote inside a JSON string is escaped.
"""

import json
import mmap
import os
import re
import threading
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from talestream.errors import ProviderUnavailable

_KEY = b'"body":'
_NAME = re.compile(rb'"([a-z0-9-]+)":\s*(\{)\s*\Z')
_DEFAULT_SIZE = 32


@cache
def own_drawings() -> Mapping[str, str]:
    """SVG elements in a box of 32 x 32 units, by name."""
    return tomllib.loads((Path(__file__).parent / "data" / "drawings.toml").read_text(encoding="utf-8"))


class IconBook:
    """Drawings by name. Thread-safe; memory is the index (about 3,200 entries) and a small cache."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._offsets: dict[str, tuple[int, int]] | None = None
        self._read = lru_cache(256)(self._read_symbol)

    def names(self) -> frozenset[str]:
        """Every drawing there is."""
        return frozenset(self._index()) | own_drawings().keys()

    def __contains__(self, name: str) -> bool:
        return name in own_drawings() or name in self._index()

    def symbol(self, name: str) -> str:
        """The drawing as SVG elements in a box of 32 x 32 units. KeyError when there is none of that name."""
        return own_drawings().get(name) or self._read(name)

    def _read_symbol(self, name: str) -> str:
        start, end = self._index()[name]
        with self._path.open("rb") as file:
            raw = os.pread(file.fileno(), end - start, start).decode()
        icon, _ = json.JSONDecoder().raw_decode(raw)
        size = max(icon.get("width", _DEFAULT_SIZE), icon.get("height", _DEFAULT_SIZE))
        body: str = icon["body"]
        return body if size == _DEFAULT_SIZE else f'<g transform="scale({_DEFAULT_SIZE / size})">{body}</g>'

    def _index(self) -> dict[str, tuple[int, int]]:
        with self._lock:
            if self._offsets is None:
                self._offsets = self._scan()
            return self._offsets

    def _scan(self) -> dict[str, tuple[int, int]]:
        try:
            file = self._path.open("rb")
        except OSError as error:
            raise ProviderUnavailable(
                f"pictures are missing at {self._path}: run 'talestream setup' ({error})"
            ) from error
        names: list[str] = []
        starts: list[int] = []
        with file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            position = text.find(_KEY)
            while position >= 0:
                reach = max(0, position - 200)
                if match := _NAME.search(text[reach:position]):
                    names.append(match[1].decode())
                    starts.append(reach + match.start(2))
                position = text.find(_KEY, position + 1)
            ends = [*starts[1:], len(text)]
        return dict(zip(names, zip(starts, ends, strict=True), strict=True))
