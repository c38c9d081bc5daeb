"""Penalties on the discriminator's slopes: its gradients with respect to samples."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from ganpkg.lazy import ops
from ganpkg.objectives.objective import Tensor
from ganpkg.section import Conflict

Weight = Annotated[float, Field(ge=0, le=10_000)]


def zero_slope(slopes: Tensor) -> Tensor:
    """1/2 E |grad D|^2: at reals the penalty R1, at fakes R2.

    Mescheder et al. 2018, "Which training methods for GANs do actually converge?", equation 9 and
    appendix D. The paper's weight is 10.

    Args:
        slopes: at these samples, (batch, *sample).
    """
    return 0.5 * ops.mean(_squared_norms(slopes))


def unit_slope(slopes: Tensor) -> Tensor:
    """E (|grad f| - 1)^2 over points between reals and fakes.

    Gulrajani et al. 2017, "Improved training of Wasserstein GANs", equation 3.

    Args:
        slopes: the critic's, at these points, (batch, *sample).
    """
    # Where a gradient vanishes, the slope of the square root would be infinite.
    norms = ops.sqrt(_squared_norms(slopes) + 1e-12)
    return ops.mean(ops.square(norms - 1))


def interpolate(reals: Tensor, fakes: Tensor, mixing: Tensor) -> Tensor:
    """Points on the lines from fakes to reals, (batch, *sample).

    Args:
        mixing: (batch,), from 0 (the fake) to 1 (the real).
    """
    mixing = ops.reshape(mixing, (-1, *[1] * (len(reals.shape) - 1)))
    return mixing * reals + (1 - mixing) * fakes


def conflicts(params, reason: str) -> Iterator[Conflict]:
    """A slope must belong to one sample, so the samples of a batch must not affect each other."""
    for key in params.room("architecture").couplings():
        yield Conflict(key, "layer, spectral or none", reason)


def _squared_norms(slopes: Tensor) -> Tensor:
    return ops.sum(ops.square(slopes), axis=tuple(range(1, len(slopes.shape))))
