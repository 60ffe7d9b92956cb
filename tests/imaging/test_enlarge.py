"""Enlarging."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bot.imaging.enlarge import enlarge


def test_a_factor_multiplies_both_sides_and_keeps_the_look() -> None:
    ramp = np.linspace(0, 255, 104 * 152 * 3).reshape(152, 104, 3).astype(np.uint8)
    large = enlarge(Image.fromarray(ramp), 4)
    assert large.size == (416, 608)
    back = np.asarray(large.resize((104, 152), Image.Resampling.BOX), np.int16)
    assert np.abs(back - ramp).max() <= 4


def test_one_is_the_picture_itself() -> None:
    picture = Image.new("RGB", (3, 2))
    assert enlarge(picture, 1) is picture


def test_less_than_one_is_refused() -> None:
    with pytest.raises(ValueError, match="enlarged 0 times"):
        enlarge(Image.new("RGB", (3, 2)), 0)
