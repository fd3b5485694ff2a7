"""A picture that the user has, in the shape that a page's picture has."""

import io

from PIL import Image, ImageOps

from services.image.finish import encode
from talestream.errors import BadInput

MOST_PIXELS = 100_000_000
"""Of a picture that is taken: 300 MB once it is unpacked."""


def shaped(data: bytes, width: int, height: int) -> bytes:
    """A picture of any format that Pillow reads, upright, as a PNG of ``width`` x ``height`` pixels, RGB.

    What sticks out is cut off on both sides alike; what is transparent becomes white. Of several frames the first
    counts. BadInput: it cannot be read, or is too large.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadInput(
                    f"the picture has {opened.width} x {opened.height} pixels; at most {MOST_PIXELS} are taken"
                )
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the picture cannot be read: {error}") from error
    ground = Image.new("RGBA", upright.size, "white")
    fitted = ImageOps.fit(Image.alpha_composite(ground, upright), (width, height), Image.Resampling.LANCZOS)
    return encode(fitted.convert("RGB"))
