"""The loop: when rows are logged, what they hold, and that a diverged training stops."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ganpkg.errors import UserError
from ganpkg.training import loop
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.training import Training
from tests import small


class Counter:
    """An engine whose scores are the number of the iteration, and 0, 1, 2, 3 beside it."""

    def __init__(self, iterations_per_call=4, bad=None):
        self.iterations_per_call, self.bad, self.position, self.calls = (
            iterations_per_call,
            bad,
            0,
            [],
        )

    def run(self, batches):
        count = len(batches["reals"])
        steps = self.position + 1 + np.arange(count, dtype=float)
        self.position += count
        self.calls.append(count)
        scores = np.stack([steps, *(np.full(count, float(n)) for n in range(4))], axis=1)
        if self.bad:
            scores[steps == self.bad[0], 2] = self.bad[1]
        return scores


def steps_for(log_every, epochs=1, batch_size=10):
    params = SimpleNamespace(log_every=log_every, epochs=epochs, batch_size=batch_size)
    return loop.log_steps(params, 100)


def test_logging_steps_end_with_the_last_iteration():
    assert steps_for(4) == [4, 8, 10]
    assert steps_for(5) == [5, 10]
    assert steps_for(1000) == [10]
    assert steps_for(1) == list(range(1, 11))


def pictured(picture_every, log_every, last):
    training = SimpleNamespace(
        picture_every=picture_every, log_every=log_every,
        log_steps=[*range(log_every, last, log_every), last],
    )  # fmt: skip
    return [step for step in training.log_steps if Training.gets_picture(training, step)]


def test_pictures_come_at_the_next_logged_step_and_at_the_end():
    assert pictured(20, 10, 60) == [20, 40, 60]
    assert pictured(25, 10, 60) == [30, 50, 60]
    assert pictured(25, 10, 57) == [30, 50, 57]
    assert pictured(5, 10, 30) == [10, 20, 30]
    assert pictured(1000, 10, 30) == [30]


def test_the_state_before_the_last_row_is_that_of_a_longer_training(make_feed):
    states = []
    for end in (7, 12):
        position = loop.Position()
        after_call = lambda position=position: states.append((position.step, list(position.rows)))  # noqa: E731
        logged = [*range(5, end, 5), end]
        list(loop.train(Counter(1), make_feed(), logged, position=position, after_call=after_call))
    assert states[:7] == states[7:14] and states[6][1][-1]["step"] == 5


def test_a_row_that_is_due_comes_first(make_feed):
    """Of a state that was saved after the last iteration before a row."""
    engine = Counter()
    position = loop.Position(step=4, scores=[engine.run({"reals": range(4)})])
    rows = list(loop.train(engine, make_feed(), [4, 8], position=position))
    assert [row["d_loss_real"] for row in rows] == [2.5, 6.5] and engine.calls == [4, 4]


def test_rows_hold_the_means_of_their_interval(make_feed):
    engine = Counter()
    rows = list(loop.train(engine, make_feed(), [3, 10]))
    assert engine.calls == [3, 4, 3]  # no call crosses a logged step
    assert [row["step"] for row in rows] == [3, 10]
    assert [row["d_loss_real"] for row in rows] == [2.0, 7.0]  # means of 1..3 and of 4..10
    assert rows[1]["d_accuracy_fake"] == 3.0
    assert rows[1]["epoch"] == pytest.approx(10 / (1797 // 16))


def test_seconds_are_those_of_the_iterations_alone(make_feed, monkeypatch):
    now = 0.0

    def spend(seconds):
        nonlocal now
        now += seconds

    monkeypatch.setattr(loop.time, "monotonic", lambda: now)
    engine, position, told = Counter(), loop.Position(), []
    run = engine.run
    engine.run = lambda batches: spend(1.0) or run(batches)
    for _ in loop.train(
        engine, make_feed(), [3, 10], position=position, after_call=lambda: spend(10.0)
    ):
        told.append(position.seconds)
        spend(100.0)
    assert told == [1.0, 2.0]  # calls of the engine since the row before


def test_real_scores_do_not_depend_on_the_logging_interval(make_gan, make_feed):
    every, once = (
        list(loop.train(CompiledEngine(make_gan()), make_feed(), logged))
        for logged in ([*range(1, 31)], [30])
    )
    mean = np.mean([row["g_loss"] for row in every])
    assert once[0]["g_loss"] == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_divergence_is_told_after_its_call(make_feed, value):
    engine = Counter(bad=(13, value))
    rows = []
    message = f"training diverged: g_loss is {value} at iteration 13"
    with pytest.raises(UserError, match=message):
        for row in loop.train(engine, make_feed(), [10, 20, 30]):
            rows.append(row)
    assert len(rows) == 1 and engine.position == 14


def test_history_gives_float32_back_exactly(tmp_path):
    scores = np.float32([0.1, 1 / 3, 1e-9, 12345.678, 1.0])
    row = {"step": 1, "epoch": 0.5}
    names = ["d_loss_real", "d_loss_fake", "g_loss", "d_accuracy_real", "d_accuracy_fake"]
    loop.write_history([row | dict(zip(names, scores.tolist()))], tmp_path / "history.csv")
    table = pd.read_csv(tmp_path / "history.csv")
    assert list(table) == ["step", "epoch", *names]
    np.testing.assert_array_equal(table.loc[0, names].to_numpy("float32"), scores)


def test_distance_is_what_the_critic_tells_reals_and_fakes_apart_by(make_feed):
    rows = list(
        loop.train(
            Counter(), make_feed(), [4, 8], more_scores=small.objective("wasserstein").more_scores
        )
    )
    for row in rows:
        assert row["wasserstein_distance"] == -(row["d_loss_real"] + row["d_loss_fake"])
