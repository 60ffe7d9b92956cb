"""Networks that enlarge: read from their weights, tile by tile, and survived when they fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from bot.core.errors import ModelError
from bot.engine.upscale import Upscaler, open_upscaler
from bot.engine.upscale_nets import CompactNet, Net, ResidualNet, net_of
from bot.imaging.enlarge import LANCZOS, enlarged

CPU = torch.device("cpu")
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (31, 23, 3), np.uint8))


def compact(factor: int = 4, depth: int = 2) -> CompactNet:
    torch.manual_seed(0)
    return CompactNet(8, depth, factor)


def residual(folded: int = 1) -> ResidualNet:
    torch.manual_seed(0)
    return ResidualNet(8, 4, 2, folded)


def test_published_names_and_sizes_are_understood() -> None:
    """What Real-ESRGAN's own models hold: the anime one of six blocks, and the compact one of 16 layers."""
    named = set(ResidualNet(64, 32, 6, 1).state_dict())
    assert {"conv_first.weight", "body.5.rdb3.conv5.bias", "conv_body.weight", "conv_up2.weight"} < named
    assert sum(value.numel() for value in ResidualNet(64, 32, 6, 1).state_dict().values()) == 4_467_779
    found = CompactNet(64, 16, 4).state_dict()
    assert set(found) > {"body.0.weight", "body.1.weight", "body.34.bias"} and "body.35.weight" not in found
    assert sum(value.numel() for value in found.values()) == 621_424


@pytest.mark.parametrize("net", [compact(), compact(2), residual(), residual(2)], ids=str)
@pytest.mark.parametrize("prefix", ["", "params_ema."])
def test_weights_alone_bring_the_network_back(net: Net, prefix: str) -> None:
    found = net_of({prefix + key: value for key, value in net.state_dict().items()}, "it")
    pixels = torch.rand(1, 3, 7, 9)
    assert (type(found), found.factor) == (type(net), net.factor)
    with torch.inference_mode():
        assert torch.equal(found(pixels), net.eval()(pixels))
        assert found(pixels).shape == (1, 3, 7 * net.factor, 9 * net.factor)


@pytest.mark.parametrize(("net", "close"), [(compact(), 0), (residual(), 3)], ids=["compact", "residual"])
def test_tiles_leave_no_seam(net: Net, close: int) -> None:
    whole, tiled = (
        np.asarray(Upscaler(net, "it", CPU, tile).enlarge(NOISE, 4), np.int16) for tile in (64, 8)
    )
    assert np.abs(whole - tiled).max() <= close


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("net", [compact(), compact(2), residual(2)], ids=["x4", "x2", "folded"])
def test_every_network_reaches_both_factors(net: Net, factor: int) -> None:
    assert Upscaler(net, "it", CPU).enlarge(NOISE, factor).size == (23 * factor, 31 * factor)


def test_a_processor_is_not_asked_for_minutes_of_work() -> None:
    net = residual()
    with pytest.raises(ValueError, match="too much work"):
        Upscaler(net, "it", CPU, most=1e6).enlarge(NOISE, 4)
    picture, name = enlarged(NOISE, 4, Upscaler(net, "it", CPU, most=1e6))
    assert (picture.size, name) == ((92, 124), LANCZOS)


def test_files_that_are_no_upscaler_are_told_in_one_sentence(tmp_path: Path) -> None:
    def written(weights: dict[str, torch.Tensor], name: str = "it.safetensors") -> Path:
        save_file(weights, tmp_path / name)
        return tmp_path / name

    good = compact().state_dict()
    assert open_upscaler(written(good), CPU).name == "it"
    odd = {**good, "body.6.weight": torch.zeros(7, 8, 3, 3), "body.6.bias": torch.zeros(7)}
    for weights, said in (
        ({"a": torch.zeros(1)}, "not an upscaler"),
        ({key: value for key, value in good.items() if key != "body.2.bias"}, "not an upscaler"),
        (odd, "7 channels at its end"),
        ({**good, "body.0.bias": torch.full((8,), torch.nan)}, "not finite"),
    ):
        with pytest.raises(ModelError, match=said) as told:
            open_upscaler(written(weights), CPU)
        assert "\n" not in str(told.value)
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "it.safetensors").read_bytes()[:-9])
    (tmp_path / "it.pth").write_bytes(b"pickle")
    for name, said in (("cut.safetensors", "cut"), ("it.pth", "not a .safetensors file")):
        with pytest.raises(ModelError, match=said):
            open_upscaler(tmp_path / name, CPU)
