"""Bringing numbers to the device; worker side only."""

from __future__ import annotations

import torch


def bring(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A CPU tensor on the device; from pinned memory, so that the copy waits for nothing that runs there."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
