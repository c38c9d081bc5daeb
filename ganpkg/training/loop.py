"""Drives an engine through all iterations, and reports at every logging interval."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from ganpkg import backend
from ganpkg.errors import UserError
from ganpkg.storage import atomic
from ganpkg.training.algorithm import Scores, iterations
from ganpkg.training.feed import Feed


def log_steps(params, samples: int) -> list[int]:
    """The steps after which a row is logged: every `log_every`, and the last one."""
    last = iterations(samples, params.batch_size, params.epochs)
    return [*range(params.log_every, last, params.log_every), last]


@dataclass
class Position:
    """How far a training has come."""

    step: int = 0
    """The number of finished iterations."""
    rows: list[dict] = field(default_factory=list)
    """The rows of `reports/history.csv` up to here."""
    scores: list[np.ndarray] = field(default_factory=list)
    """The scores of the iterations since the last row, arrays of shape (count, 5)."""
    seconds: float = 0.0
    """The time that these iterations took, including the wait for their inputs."""


def train(
    engine,
    feed: Feed,
    log_steps: Iterable[int],
    *,
    more_scores: Callable[[float, float], dict[str, float]] = lambda *_: {},
    position: Position | None = None,
    after_call: Callable[[], None] = lambda: None,
) -> Iterator[dict]:
    """Runs the iterations up to the last logged step.

    Yields a row of `reports/history.csv` at each logged step: the step, the epoch (a whole number
    when an epoch ends), the means of `Scores` since the previous row, and the results of
    `more_scores`.

    Args:
        log_steps: the steps that get a row, ascending.
        more_scores: computes further columns from the means of d_loss_real and d_loss_fake.
        position: where to start; it is updated in place.
        after_call: called after each call of the engine, before the row that the call completes.
            Thus the state at the last step is also the state of a longer training at this step.

    Raises:
        UserError: if a score is NaN or infinite, after the call of the engine that produced it.
    """
    position = position or Position()
    last_row = position.rows[-1]["step"] if position.rows else 0
    pending = [step for step in log_steps if step > last_row]

    def inputs(start, stop):
        return backend.send_to_device(feed.batches(start, stop))

    # A thread prepares the next inputs while the engine runs.
    with ThreadPoolExecutor(max_workers=1) as worker:
        calls = pairwise(_cuts([position.step, *pending], engine.iterations_per_call))
        call = next(calls, None)
        future = worker.submit(inputs, *call) if call else None
        for end in pending:
            while position.step < end:
                start = time.monotonic()
                batches, (_, stop) = future.result(), call
                call = next(calls, None)
                future = worker.submit(inputs, *call) if call else None
                position.scores.append(engine.run(batches))
                position.seconds += time.monotonic() - start
                _check_finite(position.scores[-1], first_step=position.step + 1)
                position.step = stop
                after_call()
            position.rows.append(_row(position, feed, more_scores))
            yield position.rows[-1]
            position.seconds = 0.0


def _row(position: Position, feed: Feed, more_scores) -> dict:
    """Makes a row from the scores since the previous one."""
    scores = np.concatenate(position.scores)
    position.scores.clear()
    means = Scores(*scores.mean(axis=0).tolist())
    return {
        "step": position.step,
        "epoch": position.step / feed.batches_per_epoch,
        **means._asdict(),
        **more_scores(means.d_loss_real, means.d_loss_fake),
    }


def _cuts(log_steps: list[int], iterations_per_call: int) -> Iterator[int]:
    """The steps at which calls of the engine start and end; no call crosses a logged step."""
    for start, end in pairwise(log_steps):
        yield from range(start, end, iterations_per_call)
    yield log_steps[-1]


def _check_finite(rows: np.ndarray, first_step: int) -> None:
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        row, column = bad[0]
        raise UserError(
            f"training diverged: {Scores._fields[column]} is {rows[row, column]} at iteration "
            f"{first_step + row}; smaller learning rates may help"
        )


def write_history(rows: list[dict], path: str) -> None:
    """Writes `reports/history.csv`. Nine digits are enough to restore every float32 exactly."""
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["step", "epoch", *Scores._fields])
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
