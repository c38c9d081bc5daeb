"""Drives an engine through all iterations, and reports at every logging interval."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np
import pandas as pd

from ganpkg.errors import UserError
from ganpkg.storage import atomic
from ganpkg.training.algorithm import Scores, iterations
from ganpkg.training.feed import Feed


def logging_steps(params, samples: int) -> list[int]:
    """The steps after which a row is logged: every `log_every`, and the last one."""
    last = iterations(samples, params.batch_size, params.epochs)
    return [*range(params.log_every, last, params.log_every), last]


def spread(logged: list[int], count: int) -> set[int]:
    """At most `count` of the logged steps, evenly spread, the last among them."""
    places = np.linspace(0, len(logged), count + 1)[1:].round().astype(int)
    return {logged[place - 1] for place in places if place}


def train(engine, feed: Feed, logged: Iterable[int], *, distance: bool = False) -> Iterator[dict]:
    """Runs the iterations up to the last logged step.

    Yields at each logged step a row of `reports/history.csv`: the step, the epoch (whole
    epochs are finished at whole numbers) and the means of `Scores` since the row before;
    with `distance`, also `wasserstein_distance`, the critic's estimate E f(x) - E f(G(z)) of
    the distance from the data to the samples, in units of the critic's steepness.

    Raises:
        UserError: at the end of the interval in which a score stopped being finite.
    """
    done: list[np.ndarray] = []
    ends = iter(logged)
    end = next(ends)
    # The next inputs are made while the engine is busy with these.
    with ThreadPoolExecutor(max_workers=1) as worker:
        calls = pairwise(_cuts(logged, engine.iterations_per_call))
        coming = next(calls)
        inputs = worker.submit(feed.batches, *coming)
        while coming:
            (_, stop), batches = coming, inputs.result()
            coming = next(calls, None)
            if coming:
                inputs = worker.submit(feed.batches, *coming)
            done.append(engine.run(batches))
            if stop == end:
                rows = np.concatenate(done)
                done.clear()
                _check_finite(rows, first_step=end - len(rows) + 1)
                means = Scores(*rows.mean(axis=0).tolist())
                row = {"step": end, "epoch": end / feed.batches_per_epoch, **means._asdict()}
                if distance:
                    row["wasserstein_distance"] = -(means.d_loss_real + means.d_loss_fake)
                yield row
                end = next(ends, None)


def _cuts(logged: Iterable[int], iterations_per_call: int) -> Iterator[int]:
    """0 and the ends of all calls of the engine; no call goes beyond a logged step."""
    yield 0
    for start, end in pairwise(chain([0], logged)):
        yield from range(start + iterations_per_call, end, iterations_per_call)
        yield end


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
