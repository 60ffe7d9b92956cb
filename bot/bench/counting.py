"""What a step of the engine costs, counted on tensors that have a shape and no numbers (torch's meta device).

The same code runs as on a card. Whatever would have to wait there for the device to hand a number over
cannot run here without being noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten
from torch.utils.flop_counter import FlopCounterMode


class Waits(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is untyped
    """Counts, while it is entered, how often the host would wait for the device.

    ``count`` are numbers that are read back, tensors that are moved, either way (from memory that is not
    pinned, a copy to the card waits too), and systems of equations, which are asked whether they could be
    solved. On a card, what is read back here as 1 would be read.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self.count = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        # In inference mode an operation arrives whole: `to` would hide the copy that it is made of.
        with self:
            parts = func.decompose(*args, **kwargs)
        if parts is not NotImplemented:
            return parts
        if func is torch.ops.aten._local_scalar_dense.default and args[0].is_meta:
            self.count += 1
            return torch.ones((), dtype=args[0].dtype).item()
        if func is torch.ops.aten._linalg_check_errors.default and args[0].is_meta:
            self.count += 1
        if func in (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default):
            devices = {leaf.device.type for leaf in tree_flatten(args)[0] if isinstance(leaf, torch.Tensor)}
            devices.add(torch.device(kwargs.get("device") or args[0].device).type)
            if len(devices) > 1:
                self.count += 1
                if kwargs.get("device") is not None and torch.device(kwargs["device"]).type == "cpu":
                    # Nothing can be copied from where no numbers are; ones will do.
                    return torch.ones(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
        return func(*args, **kwargs)


def flop(action: Callable[[], object]) -> int:
    """Floating-point operations of an action's matrix products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        action()
    return int(counter.get_total_flops())


def waits(action: Callable[[], object]) -> int:
    """How often an action on the meta device would wait for a card."""
    with Waits() as counter:
        action()
    count: int = counter.count
    return count
