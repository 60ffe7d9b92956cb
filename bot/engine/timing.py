"""How long the device took for some work, without waiting for it while it is done; worker side only."""

from __future__ import annotations

import time
from typing import Any

import torch


class Timer:
    """Begins at once. On CUDA, where calls only queue work, it is the device that looks at the clock."""

    def __init__(self, device: torch.device) -> None:
        self._events: list[Any] = []
        self._times: list[float] = []
        self._cuda = device.type == "cuda"
        self._mark()

    def stop(self) -> None:
        """The work has been handed over."""
        self._mark()

    def seconds(self) -> float:
        """Wait for the work's end and tell how long it took."""
        if self._cuda:
            start, end = self._events
            end.synchronize()
            return float(start.elapsed_time(end)) / 1000
        start, end = self._times
        return end - start

    def _mark(self) -> None:
        if self._cuda:
            # Blocking: the thread sleeps meanwhile instead of spinning.
            event = torch.cuda.Event(enable_timing=True, blocking=True)  # type: ignore[no-untyped-call]
            event.record()
            self._events.append(event)
        else:
            self._times.append(time.perf_counter())
