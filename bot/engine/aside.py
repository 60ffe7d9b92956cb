"""Work beside the running batch: decoding, rating and writing files must not hold the next step up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import torch

T = TypeVar("T")


class Aside:
    """One thing at a time, in order.

    With ``threaded`` it is done in a thread, on CUDA also on a stream of its own, while the batch goes on;
    else at once. A batch that runs on the CPU itself is better served by the latter: a thread would only
    take the cores that the next step needs, and torch's two pools of threads would fight for them.
    """

    def __init__(self, device: torch.device, *, threaded: bool) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="aside") if threaded else None
        on_card = threaded and device.type == "cuda"
        self._stream = torch.cuda.Stream(device) if on_card else None  # type: ignore[no-untyped-call]
        self._pending: set[Future[Any]] = set()

    def start(self, tensors: Sequence[torch.Tensor], action: Callable[[], T]) -> Future[T]:
        """Begin ``action``, which reads ``tensors`` that the batch's stream may still be writing."""
        if self._pool is None:
            return _done(action)
        future = self._pool.submit(self._behind(tensors, action))
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def drain(self) -> None:
        """Wait until nothing is being done."""
        wait(list(self._pending))

    def close(self) -> None:
        """Begin nothing more; what is being done ends by itself."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _behind(self, tensors: Sequence[torch.Tensor], action: Callable[[], T]) -> Callable[[], T]:
        stream = self._stream
        if stream is None:
            return action
        written = torch.cuda.Event()  # type: ignore[no-untyped-call]
        written.record()

        def run() -> T:
            with torch.cuda.stream(stream):
                stream.wait_event(written)
                for tensor in tensors:
                    # Else the allocator might hand their memory on while it is still being read here.
                    tensor.record_stream(stream)
                return action()

        return run


def _done(action: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()
    try:
        future.set_result(action())
    except Exception as error:
        future.set_exception(error)
    return future
