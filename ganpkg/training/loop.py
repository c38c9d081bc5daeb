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


def logging_steps(params, samples: int) -> list[int]:
    """The steps after which a row is logged: every `log_every`, and the last one."""
    last = iterations(samples, params.batch_size, params.epochs)
    return [*range(params.log_every, last, params.log_every), last]


@dataclass
class Done:
    """How far a training has come."""

    step: int = 0
    rows: list[dict] = field(default_factory=list)
    """Of `reports/history.csv`."""
    scores: list[np.ndarray] = field(default_factory=list)
    """(count, 5) each: of the iterations since the last row."""
    seconds: float = 0.0
    """What those took, with the wait for their inputs."""


def train(
    engine,
    feed: Feed,
    logged: Iterable[int],
    *,
    more_scores: Callable[[float, float], dict[str, float]] = lambda *_: {},
    done: Done | None = None,
    between: Callable[[], None] = lambda: None,
) -> Iterator[dict]:
    """Runs the iterations up to the last logged step.

    Yields at each logged step a row of `reports/history.csv`: the step, the epoch (whole
    epochs are finished at whole numbers), the means of `Scores` since the row before, and what
    `more_scores` makes of those of d_loss_real and d_loss_fake.

    Args:
        done: where to go on from; it is kept up to date.
        between: called after every call of the engine, before the row that the call completes.
            So the state at the last step is that of a longer training at this step.

    Raises:
        UserError: after the call of the engine in which a score stopped being finite.
    """
    done = done or Done()
    last_row = done.rows[-1]["step"] if done.rows else 0
    coming = [step for step in logged if step > last_row]

    def inputs(start, stop):
        return backend.send_to_device(feed.batches(start, stop))

    # The next inputs are made while the engine is busy with these.
    with ThreadPoolExecutor(max_workers=1) as worker:
        calls = pairwise(_cuts([done.step, *coming], engine.iterations_per_call))
        call = next(calls, None)
        batches = worker.submit(inputs, *call) if call else None
        for end in coming:
            while done.step < end:
                start = time.monotonic()
                ready, (_, stop) = batches.result(), call
                call = next(calls, None)
                batches = worker.submit(inputs, *call) if call else None
                done.scores.append(engine.run(ready))
                done.seconds += time.monotonic() - start
                _check_finite(done.scores[-1], first_step=done.step + 1)
                done.step = stop
                between()
            done.rows.append(_row(done, feed, more_scores))
            yield done.rows[-1]
            done.seconds = 0.0


def _row(done: Done, feed: Feed, more_scores) -> dict:
    """Turns the scores since the row before into a row."""
    scores = np.concatenate(done.scores)
    done.scores.clear()
    means = Scores(*scores.mean(axis=0).tolist())
    return {
        "step": done.step,
        "epoch": done.step / feed.batches_per_epoch,
        **means._asdict(),
        **more_scores(means.d_loss_real, means.d_loss_fake),
    }


def _cuts(logged: list[int], iterations_per_call: int) -> Iterator[int]:
    """The ends of all calls of the engine; no call goes beyond a logged step."""
    for start, end in pairwise(logged):
        yield from range(start, end, iterations_per_call)
    yield logged[-1]


def _check_finite(rows: np.ndarray, first_step: int) -> None:
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        row, column = bad[0]
        raise UserError(
            f"training diverged: {Scores._fields[column]} is {rows[row, column]} at iteration "
            f"{first_step + row}; smaller learning rates may help"
        )


def scores(row: dict) -> dict[str, float]:
    """What a row says of its step: all but when it is, and whether it was chosen."""
    return {name: row[name] for name in row if name not in ("step", "epoch", "chosen")}


def write_history(rows: list[dict], path: str) -> None:
    """Writes `reports/history.csv`; nine digits give every float32 back exactly."""
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["step", "epoch", *Scores._fields])
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.9g")
