"""Values that move along half a cosine, from one to another, over a number of iterations.

Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5,
without restarts. Huang et al. 2024, "The GAN is dead; long live the GAN!", move the learning rates,
the penalties, beta_2 and the moving average this way.
"""

import math
from typing import Annotated

from pydantic import Field

from ganpkg.section import BelowOne, Conflict, Section

Factor = Annotated[float, Field(ge=0, le=1)]


class Annealing(Section):
    iterations: Annotated[int, Field(ge=0, le=1_000_000_000)]
    learning_rate: Factor
    penalties: Factor
    beta_2: BelowOne
    ema_decay: BelowOne

    @property
    def on(self) -> bool:
        return self.iterations > 0

    def effective(self):
        return self.model_dump() if self.on else {"iterations": 0}

    def conflicts(self, params):
        for player in ("generator", "discriminator"):
            if self.on and getattr(params, player).learning_rate_decay > 1:
                yield Conflict(f"{player}.learning_rate_decay", "1.0", "since annealing is on")
        if self.on and params.ema_decay and not self.ema_decay:
            yield Conflict("annealing.ema_decay", "above 0", "since ema_decay is above 0")

    def schedule(self, start: float, end: float, updates_per_iteration: int = 1):
        """A function from the number of updates to the value, from start to end."""
        from ganpkg.training.schedules import Cosine

        return Cosine(start, end, self.iterations * updates_per_iteration)

    def average_decay(self, start: float):
        """The decay of the moving average: a number, or a function of the number of updates.

        What moves along the cosine is the half-life, the number of updates after which a weight
        counts half.
        """
        if not self.on or not start:
            return start
        half_lives = self.schedule(*(math.log(0.5) / math.log(d) for d in (start, self.ema_decay)))
        return lambda updates: 0.5 ** (1 / half_lives(updates))
