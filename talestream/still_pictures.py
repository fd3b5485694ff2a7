"""H.264 pictures of one colour, written bit by bit (ITU-T H.264, Constrained Baseline profile).

A key picture stores its first macroblock as it is and predicts every other from its neighbours without a correction, so
that all of it takes that colour: a byte a macroblock. Every following picture skips all its macroblocks, which repeats
the one before: ten bytes.
"""

import re
import struct

Colour = tuple[int, int, int]
"""Y, Cb and Cr, 16 to 235."""

_LEVELS = ((3600, 108_000, 31), (8192, 245_760, 40), (36_864, 983_040, 51), (139_264, 4_177_920, 60))
"""Macroblocks a picture, macroblocks a second, and the level that allows them: table A-1."""
_PCM, _FLAT = 25, 3
"""Types of macroblocks: stored, and predicted as the mean of its neighbours without a correction. Table 7-11."""
_NO_COEFFICIENTS, _NO_COEFFICIENTS_BESIDE_PCM = "1", "000011"
"""How a macroblock says that it has no correction, which depends on its neighbours: table 9-5."""
_NUMBER_BITS = 16
"""Of a picture's number, which begins anew with each key picture."""


class StillPictures:
    """The pictures of one film, each as MP4 keeps it: behind its length."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        self._columns, self._rows = -(-width // 16), -(-height // 16)
        self.level = _level(self._columns * self._rows, fps)
        self.sequence = _unit(0x67, self._sequence(width, height, fps))
        """The sequence parameter set."""
        self.parameters = _unit(0x68, _ue(0) + _ue(0) + "00" + _ue(0) * 3 + "000" + _ue(0) * 3 + "100")
        """The picture parameter set: CAVLC, no weights, the deblocking filter under control of each slice."""

    def key(self, colour: Colour, number: int) -> bytes:
        """A picture that depends on no other. ``number`` differs from that of the key picture before."""
        slice_header = _ue(0) + _ue(7) + _ue(0) + "0" * _NUMBER_BITS + _ue(number % 2) + "00" + _ue(0) + _ue(1)
        stored = _aligned(slice_header + _ue(_PCM)) + _bits(
            b"".join(bytes((value,)) * count for value, count in zip(colour, (256, 64, 64), strict=True))
        )
        flat = _ue(_FLAT) + _ue(0) + _ue(0)
        others = [flat + _NO_COEFFICIENTS] * (self._columns * self._rows)
        others[1] = others[self._columns] = flat + _NO_COEFFICIENTS_BESIDE_PCM
        return _sample(_unit(0x65, stored + "".join(others[1:])))

    def repeat(self, after: int) -> bytes:
        """The same picture again, ``after`` pictures behind the last key picture."""
        number = f"{after % (1 << _NUMBER_BITS):0{_NUMBER_BITS}b}"
        slice_header = _ue(0) + _ue(5) + _ue(0) + number + "000" + _ue(0) + _ue(1)
        return _sample(_unit(0x41, slice_header + _ue(self._columns * self._rows)))

    def _sequence(self, width: int, height: int, fps: int) -> str:
        right, bottom = self._columns * 16 - width, self._rows * 16 - height
        cropping = "1" + _ue(0) + _ue(right // 2) + _ue(0) + _ue(bottom // 2) if right or bottom else "0"
        colours = "1" + "101" + "0" + "1" + _bits(bytes((1, 1, 1)))  # BT.709, limited range
        timing = "1" + f"{1:032b}{2 * fps:032b}" + "1"
        usability = "1" + f"{1:08b}" + "0" + colours + "0" + timing + "0000"
        return (
            _bits(bytes((66, 0xC0, self.level)))
            + _ue(0)
            + _ue(_NUMBER_BITS - 4)
            + _ue(2)  # shown in the order in which they are decoded
            + _ue(1)
            + "0"
            + _ue(self._columns - 1)
            + _ue(self._rows - 1)
            + "11"
            + cropping
            + "1"
            + usability
        )


def _level(macroblocks: int, fps: int) -> int:
    fitting = (level for size, rate, level in _LEVELS if macroblocks <= size and macroblocks * fps <= rate)
    return next(fitting, _LEVELS[-1][2])


def _ue(value: int) -> str:
    """An unsigned Exp-Golomb code: 9.1. That of 0 is also the signed one of 0."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def _bits(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def _aligned(bits: str) -> str:
    return bits + "0" * (-len(bits) % 8)


def _unit(header: int, bits: str) -> bytes:
    """A NAL unit: its payload ends with a one, and nothing in it looks like a start code. 7.3.1."""
    ended = _aligned(bits + "1")
    payload = int(ended, 2).to_bytes(len(ended) // 8)
    return bytes((header,)) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def _sample(unit: bytes) -> bytes:
    return struct.pack(">I", len(unit)) + unit
