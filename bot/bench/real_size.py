"""Measures the engine at SDXL's real size, with random weights and the production code, on any device."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.core.size import DEFAULT_SIZE, SIZES, Size

if TYPE_CHECKING:
    from bot.engine.denoise import Denoiser, Slot
    from bot.engine.loader import Loaded
    from bot.engine.speed import Compiled

POSITIVE = "1girl, smile, masterpiece, best quality"
NEGATIVE = "lowres, bad anatomy"
STEPS = 28
CFG = 7.0
LIMIT_TFLOP = 374.3
"""Floating-point operations of one picture of 832x1216, 28 steps, with guidance; a test counts them."""
PEAKS = {
    "B200": 2250.0,
    "H200": 989.0,
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
    "T4": 65.0,
}
"""Dense TFLOP/s in half precision, accumulated in single, by the data sheets; the first match counts."""

Table = dict[str, dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: each size with each number of pictures, after ``warm`` steps that do not count."""

    sizes: Sequence[Size]
    batches: Sequence[int]
    steps: int
    warm: int = 0
    decode: bool = True
    peak: float | None = None


class Bench:
    """One model, and its twin on the meta device, which counts what the model does."""

    def __init__(self, model: Loaded, twin: Loaded, plan: Plan, unet: Compiled | None = None) -> None:
        from bot.engine.decode import Decoder
        from bot.engine.denoise import Denoiser
        from bot.engine.encode import Encoder

        self._model = model
        self._plan = plan
        self._denoiser = Denoiser(model, Encoder(model.pipe, 2**26), unet)
        self._twin = twin
        self._counter = Denoiser(twin, Encoder(twin.pipe, 2**26))
        self._decoder = Decoder(model)
        self.result: dict[str, Table] = {
            name: {}
            for name in (
                *("seconds_per_step", "peak_bytes", "flop_share", "tflop_per_second"),
                *("waits_per_step", "images_per_hour", "limit_share", "seconds_per_decode", "picture_tflop"),
            )
        }

    def run(self) -> dict[str, Table]:
        """Every size and batch in turn, as tables by size and number of pictures.

        What the device's memory does not hold is None, and so is a share of a peak that is not known.
        """
        import torch

        for size in self._plan.sizes:
            decode = self._decode(size)
            for pictures in self._plan.batches:
                try:
                    seconds, peak = self._step(size, pictures)
                except torch.OutOfMemoryError:
                    self._device_memory("empty_cache")
                    seconds, peak = None, None
                self._write(size, pictures, seconds, peak, decode)
        return self.result

    def _write(
        self, size: Size, pictures: int, seconds: float | None, peak: int | None, decode: float | None
    ) -> None:
        from bot.bench.counting import flop, waits

        slots = self._slots(self._counter, self._twin, size, pictures)
        step = flop(lambda: self._counter.step(slots)) / 1e12
        picture = STEPS * step / pictures + self._flop_of_ends(size)
        peak_rate = self._plan.peak
        rate = step / seconds if seconds else None
        whole = STEPS * seconds / pictures + decode if seconds and decode else None
        row = {
            "seconds_per_step": seconds,
            "peak_bytes": peak,
            "tflop_per_second": rate,
            "flop_share": rate / peak_rate if rate and peak_rate else None,
            "waits_per_step": waits(lambda: self._counter.step(slots)),
            "images_per_hour": 3600 / whole if whole else None,
            "limit_share": picture / peak_rate / whole if whole and peak_rate else None,
            "picture_tflop": picture,
        }
        for name, value in row.items():
            self.result[name].setdefault(str(size), {})[str(pictures)] = value

    def _slots(self, denoiser: Denoiser, model: Loaded, size: Size, pictures: int) -> list[Slot]:
        steps = max(STEPS, self._plan.steps + self._plan.warm)
        wish = (POSITIVE, NEGATIVE, model.native(size), steps, CFG, "Euler a")
        return [denoiser.admit(*wish, seed) for seed in range(pictures)]

    def _step(self, size: Size, pictures: int) -> tuple[float, int]:
        """Seconds a step of so many pictures, and the bytes at their most."""
        slots = self._slots(self._denoiser, self._model, size, pictures)
        for _ in range(self._plan.warm):
            self._denoiser.step(slots)
        self._device_memory("reset_peak_memory_stats")
        seconds = self._clock(lambda: self._denoiser.step(slots), self._plan.steps)
        return seconds, self._peak_bytes()

    def _decode(self, size: Size) -> float | None:
        if not self._plan.decode:
            return None
        latents = self._slots(self._denoiser, self._model, size, 1)[0].latents
        if self._plan.warm:
            self._decoder.decode(latents)
        seconds = self._clock(lambda: self._decoder.decode(latents), 1)
        self.result["seconds_per_decode"][str(size)] = {"1": seconds}
        return seconds

    def _flop_of_ends(self, size: Size) -> float:
        """What a picture costs besides its steps: both prompts, not cached, and the VAE."""
        import torch

        from bot.bench.counting import flop
        from bot.engine.encode import Encoder

        pipe = self._twin.pipe
        latents = self._slots(self._counter, self._twin, size, 1)[0].latents
        encoder = Encoder(pipe, 2**26)
        with torch.inference_mode():
            vae = flop(lambda: pipe.vae.decode(latents, return_dict=False))
        return (vae + flop(lambda: encoder.pair(POSITIVE, NEGATIVE))) / 1e12

    def _clock(self, action: Callable[[], object], times: int) -> float:
        self._device_memory("synchronize")
        began = time.perf_counter()
        for _ in range(times):
            action()
        self._device_memory("synchronize")
        return (time.perf_counter() - began) / times

    def _peak_bytes(self) -> int:
        import torch

        if self._model.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._model.device)
        # On the CPU it is the process's own highest, from its start; Linux counts in KiB.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def _device_memory(self, deed: str) -> None:
        import torch

        if self._model.device.type == "cuda":
            getattr(torch.cuda, deed)()


def known_peak(device_name: str) -> float | None:
    """TFLOP/s of a card by its name, or None."""
    return next((rate for part, rate in PEAKS.items() if part in device_name), None)


def main(args: argparse.Namespace) -> int:
    """Build, measure and print; return the exit code."""
    import torch

    from bot.engine.worker import quiet

    quiet()
    from bot.bench import real_sdxl
    from bot.engine.loader import pick_device
    from bot.engine.speed import lay_out

    device = pick_device(args.device)
    cuda = device.type == "cuda"
    if args.threads:
        torch.set_num_threads(args.threads)
    began = time.perf_counter()
    dtype = torch.float16 if cuda else torch.bfloat16
    model = real_sdxl.build(device, dtype)
    lay_out(model.pipe, device)
    plan = Plan(
        args.sizes or (SIZES if cuda else (DEFAULT_SIZE,)),
        args.batches or ((1, 2, 4) if cuda else (1,)),
        args.steps or (10 if cuda else 1),
        warm=2 if cuda else 0,
        decode=args.decode,
        peak=args.peak or (known_peak(torch.cuda.get_device_name(device)) if cuda else None),
    )
    unet = _compiled(model, plan) if args.compile or (args.compile is None and cuda) else None
    ready = time.perf_counter() - began
    tables = Bench(model, real_sdxl.build(torch.device("meta"), dtype), plan, unet).run()
    machine = {
        "device": torch.cuda.get_device_name(device) if cuda else platform.processor() or platform.machine(),
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "peak_tflop_per_second": plan.peak,
        "compiled_shapes": len(unet.warmed) if unet else 0,
        "ready_seconds": ready,
    }
    print(json.dumps({**machine, **tables}) if args.json else table(machine, tables))
    return 0


def _compiled(model: Loaded, plan: Plan) -> Compiled:
    from bot.engine.rows import padded
    from bot.engine.speed import Blank, Compiled

    calls = [
        Blank(padded(2 * pictures), size.height // 8, size.width // 8, 77)
        for size in plan.sizes
        for pictures in plan.batches
    ]
    unet = Compiled(model.pipe.unet, calls)
    while unet.warm():
        pass
    return unet


def table(machine: Mapping[str, Any], tables: Mapping[str, Table]) -> str:
    """The measured numbers as text for a terminal."""
    lines = [
        f"{machine['device']}, {machine['dtype']}, {machine['threads']} threads, torch {machine['torch']}, "
        f"ready in {machine['ready_seconds']:.1f} s, {machine['compiled_shapes']} shapes compiled",
        "",
        f"{'size':>10}{'pictures':>9}{'s/step':>9}{'GiB':>7}{'TFLOP/s':>9}{'of peak':>9}{'waits':>6}"
        f"{'s/decode':>9}{'images/h':>9}{'of limit':>9}",
    ]
    for size, by_pictures in tables["seconds_per_step"].items():
        for pictures, seconds in by_pictures.items():
            peak = tables["peak_bytes"][size][pictures]
            lines.append(
                f"{size:>10}{pictures:>9}{_number(seconds, 9, 3)}{_number(peak and peak / 2**30, 7, 2)}"
                + _number(tables["tflop_per_second"][size][pictures], 9, 2)
                + _share(tables["flop_share"][size][pictures])
                + f"{tables['waits_per_step'][size][pictures]:6}"
                + _number(tables["seconds_per_decode"].get(size, {}).get("1"), 9, 2)
                + _number(tables["images_per_hour"][size][pictures], 9, 1)
                + _share(tables["limit_share"][size][pictures])
            )
    lines += ["", f"random weights; {STEPS} steps with guidance a picture; '-': not measured or not known"]
    return "\n".join(lines)


def _number(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:{width}.{digits}f}"


def _share(value: float | None) -> str:
    return f"{'-':>9}" if value is None else f"{value:9.1%}"
