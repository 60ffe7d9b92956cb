"""UniPC without waiting for the device; worker side only."""

from __future__ import annotations

import dataclasses

import torch
from diffusers import UniPCMultistepScheduler


@dataclasses.dataclass(frozen=True, slots=True)
class _Leap:
    """From one noise level to the next, in numbers on the CPU that the schedule alone decides.

    ``keep``, ``pull`` and ``bend`` are of the old sample, the last answer and its slopes; ``ratios`` tell how
    far back the answers before it lie; the coefficients of the slopes solve ``left`` x = ``right``.
    """

    keep: torch.Tensor
    pull: torch.Tensor
    bend: torch.Tensor
    ratios: list[torch.Tensor]
    left: torch.Tensor
    right: torch.Tensor


class HostUniPC(UniPCMultistepScheduler):  # type: ignore[misc]  # diffusers is untyped
    """UniPC (Zhao et al. 2023, with B(h)) whose coefficients come from the CPU.

    diffusers' own brings the noise levels to the device and solves for the coefficients there, which the
    host waits for at every step. On the CPU the two give the same numbers.
    """

    def multistep_uni_p_bh_update(
        self, model_output: torch.Tensor, *, sample: torch.Tensor, order: int
    ) -> torch.Tensor:
        """Predict the next sample, ``(1, 4, height, width)``, from this one."""
        leap = self._leap(self.step_index + 1, order)
        # The coefficient of order 2 is simpler than its equation's answer.
        rhos = (
            torch.full((1,), 0.5) if order < 3 else torch.linalg.solve(leap.left[:-1, :-1], leap.right[:-1])
        )
        slopes = self._slopes(leap, rhos.to(sample.dtype))
        return self._moved(sample, leap, slopes)

    def multistep_uni_c_bh_update(
        self,
        this_model_output: torch.Tensor,
        *,
        last_sample: torch.Tensor,
        this_sample: torch.Tensor,
        order: int,
    ) -> torch.Tensor:
        """Correct the prediction ``this_sample`` by what the model says of it; shapes as above."""
        leap = self._leap(self.step_index, order)
        rhos = torch.full((1,), 0.5) if order == 1 else torch.linalg.solve(leap.left, leap.right)
        rhos = rhos.to(last_sample.dtype)
        newest = rhos[-1] * (this_model_output - self.model_outputs[-1])
        return self._moved(last_sample, leap, self._slopes(leap, rhos[:-1]) + newest)

    def _leap(self, to: int, order: int) -> _Leap:
        """The leap to the noise level of step ``to``, in the order of diffusers' arithmetic."""
        alpha_to, sigma_to = self._sigma_to_alpha_sigma_t(self.sigmas[to])
        alpha, sigma = self._sigma_to_alpha_sigma_t(self.sigmas[to - 1])
        level = torch.log(alpha) - torch.log(sigma)
        h = torch.log(alpha_to) - torch.log(sigma_to) - level
        ratios = []
        for back in range(1, order):
            alpha_back, sigma_back = self._sigma_to_alpha_sigma_t(self.sigmas[to - 1 - back])
            ratios.append((torch.log(alpha_back) - torch.log(sigma_back) - level) / h)
        step = -h if self.predict_x0 else h
        phi = torch.expm1(step)
        width = step if self.config.solver_type == "bh1" else phi
        powers, right, term, factorial = torch.stack([*ratios, torch.ones(())]), [], phi / step - 1, 1
        for power in range(1, order + 1):
            right.append(term * factorial / width)
            factorial *= power + 1
            term = term / step - 1 / factorial
        keep, scale = (sigma_to / sigma, alpha_to) if self.predict_x0 else (alpha_to / alpha, sigma_to)
        left = torch.stack([torch.pow(powers, power) for power in range(order)])
        return _Leap(keep, scale * phi, scale * width, ratios, left, torch.stack(right))

    def _slopes(self, leap: _Leap, rhos: torch.Tensor) -> torch.Tensor | float:
        """How the answers changed, by their coefficients; 0 where there is but one."""
        newest, slopes = self.model_outputs[-1], 0.0
        for at, ratio in enumerate(leap.ratios):
            slopes = slopes + rhos[at] * ((self.model_outputs[-2 - at] - newest) / ratio)
        return slopes

    def _moved(self, sample: torch.Tensor, leap: _Leap, slopes: torch.Tensor | float) -> torch.Tensor:
        straight = leap.keep * sample - leap.pull * self.model_outputs[-1]
        moved: torch.Tensor = straight - leap.bend * slopes
        return moved.to(sample.dtype)
