"""The nine picture sizes of the model card ("Multi Aspect Resolution")."""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels, as the card counts them (an engine may scale both)."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read ``"832x1216"``; raises ValueError, naming the nine, for any other size."""
        for size in SIZES:
            if text.strip().lower().replace(" ", "").replace("×", "x") == str(size):  # noqa: RUF001 (people paste it)
                return size
        raise ValueError(f"{text!r} is not one of the nine sizes: {', '.join(map(str, SIZES))}")


SIZES = (
    Size(1024, 1024),
    Size(1152, 896),
    Size(896, 1152),
    Size(1216, 832),
    Size(832, 1216),
    Size(1344, 768),
    Size(768, 1344),
    Size(1536, 640),
    Size(640, 1536),
)
DEFAULT_SIZE = Size(832, 1216)


def nearest(width: int, height: int) -> Size:
    """The one of the nine whose shape is most like that of a picture."""
    return min(SIZES, key=lambda size: abs(math.log(size.width / size.height * height / width)))
