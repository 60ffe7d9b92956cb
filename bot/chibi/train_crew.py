"""Starts the processes that train together: two single-threaded ones beat one with two threads by a third."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed
from torch.multiprocessing.spawn import spawn

from bot.chibi.train_loop import Crew

LOG_FORMAT = "%(asctime)s %(message)s"


def launch(workers: int, job: Callable[..., None], *arguments: Any) -> None:
    """Run `job(*arguments, crew)` in `workers` processes that average their gradients, and wait."""
    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{Path(folder) / 'meeting'}"
        members = (workers, meeting, job, arguments)
        spawn(_member, members, nprocs=workers)  # type: ignore[no-untyped-call]  # torch leaves it untyped


def _member(
    rank: int, workers: int, meeting: str, job: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if workers > 1:
        torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=workers)
    job(*arguments, Crew(rank, workers))
    if workers > 1:
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
