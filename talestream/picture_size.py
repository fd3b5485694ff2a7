"""The size at which a model makes a picture that is shown at another. Pure."""

MULTIPLE = 16
"""Of pixels a side: latents of eight, in pairs."""


def model_size(width: int, height: int, pixels: int | None) -> tuple[int, int]:
    """About the shape of ``width`` x ``height`` and about ``pixels`` in all (None: as many), in multiples of 16.

    Rounded up, so that a picture that is cropped to its shape is not enlarged for it.
    """
    scale = 1.0 if pixels is None else (pixels / (width * height)) ** 0.5
    return _multiple(width * scale), _multiple(height * scale)


def _multiple(length: float) -> int:
    return max(MULTIPLE, -int(-round(length, 6) // MULTIPLE) * MULTIPLE)
