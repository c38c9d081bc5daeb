"""The two engines are the same algorithm, whatever the update, objective and options."""

from itertools import pairwise

import numpy as np
import psutil
import pytest

from ganpkg.objectives.objective import SplitObjective
from ganpkg.section import choices
from ganpkg.training import compiled, loop
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.textbook import TextbookEngine
from tests.training.conftest import TOLERANCE, UPDATES, in_one_update, weights

ITERATIONS = 24
# Those that the textbook's engine can play.
SPLIT = [
    name
    for name, section in choices("ganpkg.objectives").items()
    if issubclass(section, SplitObjective) and not section.noise_shapes
]


def play(engine_class, gan, feed, iterations=ITERATIONS):
    scores = engine_class(gan).run(feed.batches(0, iterations))
    return weights(gan.generator), weights(gan.discriminator), scores


def assert_engines_agree(make_gan, feed, dtype="float64", **options):
    textbook, compiled_ = (
        play(engine, make_gan(dtype=dtype, **options), feed)
        for engine in (TextbookEngine, CompiledEngine)
    )
    start = make_gan(dtype=dtype, **options)
    for ours, theirs, network in zip(compiled_, textbook, (start.generator, start.discriminator)):
        assert np.abs(ours - weights(network)).max() > 5e-3  # both have moved
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_allclose(compiled_[2], textbook[2], rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.slow_but_one
@pytest.mark.parametrize("update, objective", in_one_update(SPLIT))
def test_engines_agree(make_gan, make_feed, update, objective):
    assert_engines_agree(make_gan, make_feed(), update=update, objective=objective)


@pytest.mark.slow
def test_engines_agree_in_float32(make_gan, make_feed):
    assert_engines_agree(make_gan, make_feed(), "float32")


@pytest.mark.slow
@pytest.mark.parametrize("update", ["separate", "joint"])
def test_engines_agree_on_convolutions(make_gan, make_feed, monkeypatch, update):
    # 24 iterations in one call instead of 24 calls
    monkeypatch.setattr(compiled, "has_convolutions", lambda gan: False)
    assert_engines_agree(make_gan, make_feed("dcgan"), update=update, architecture="dcgan")


@pytest.mark.slow
def test_engines_agree_with_several_discriminator_steps(make_gan, make_feed):
    feed = make_feed(discriminator_steps=2, sampling="epoch", noise="uniform")
    assert_engines_agree(make_gan, feed)


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    "options",
    [
        {"objective": "non_saturating", "label_smoothing": 0.1},
        {"objective": "least_squares", "update": "joint", "label_smoothing": 0.2},
        {"objective": "wasserstein", "clip": 0.06},
    ],
    ids=lambda options: options["objective"],
)
def test_engines_agree_with_options(make_gan, make_feed, options):
    assert_engines_agree(make_gan, make_feed(), **options)


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
def test_clipped_weights_stay_within_the_box(make_gan, make_feed, engine_class):
    gan = make_gan(objective="wasserstein", clip=0.06)
    engine_class(gan).run(make_feed().batches(0, 3))
    assert np.abs(weights(gan.discriminator)).max() == pytest.approx(0.06, rel=1e-12)
    assert np.abs(weights(gan.generator)).max() > 0.5


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
def test_moving_average_of_the_generator(make_gan, make_feed, engine_class):
    gan = make_gan(average_decay=0.9)
    assert gan.sampler is gan.average
    engine, feed, expected = engine_class(gan), make_feed(), weights(gan.average)
    for step in range(4):
        engine.run(feed.batches(step, step + 1))
        expected = 0.9 * expected + 0.1 * weights(gan.generator)
    np.testing.assert_allclose(weights(gan.average), expected, rtol=0, atol=1e-12)
    assert np.abs(expected - weights(gan.generator)).max() > 1e-4


def moved(before, after):
    return not np.array_equal(before, after)


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
@pytest.mark.parametrize("update", UPDATES)
def test_each_move_moves_its_own_network_alone(make_gan, make_feed, update, engine_class):
    gan = make_gan(update)
    moves = (
        TextbookEngine(gan).moves if engine_class is TextbookEngine else compiled.CompiledMoves(gan)
    )
    reals = make_feed().batches(0, 1)["reals"][0, 0] / 127.5 - 1
    latents = np.asarray(make_feed().batches(0, 1)["g_latents"][0], "float64")

    def state():
        trainable = np.concatenate([np.ravel(w) for w in gan.generator.trainable_variables])
        return trainable, weights(gan.discriminator)

    for _ in range(2):  # what Keras remembers from the first round must not spoil the second
        before = state()
        fakes = moves.generate(latents)
        made = state()
        assert not moved(before[0], made[0]) and not moved(before[1], made[1])
        moves.train_discriminator_on_fakes(fakes, {})
        moves.train_discriminator_on_reals(reals, {})
        moves.train_discriminator_on_both(fakes, reals, {})
        after_d = state()
        assert not moved(made[0], after_d[0]) and moved(made[1], after_d[1])
        moves.train_generator(latents, None, {})
        after_g = state()
        assert moved(after_d[0], after_g[0]) and not moved(after_d[1], after_g[1])


@pytest.fixture
def traces(monkeypatch):
    """Grows by one whenever an iteration is traced."""
    seen = []
    iterate = compiled.iterate
    monkeypatch.setattr(compiled, "iterate", lambda *args: seen.append(1) or iterate(*args))
    return seen


@pytest.mark.slow_but_one
@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
def test_calls_of_any_length_change_no_byte_and_trace_once(
    make_gan, make_feed, traces, architecture
):
    one, many = (make_gan(architecture=architecture, dtype="float32") for _ in range(2))
    one_by_one, feed = CompiledEngine(one, max_iterations_per_call=1), make_feed(architecture)
    expected = [one_by_one.run(feed.batches(step, step + 1)) for step in range(40)]
    traces.clear()
    engine = CompiledEngine(many)
    most = min(engine.iterations_per_call, 24)
    cuts = [0, 1, *range(1 + most, 40, most), 40]
    got = [engine.run(feed.batches(*cut)) for cut in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(got), np.concatenate(expected))
    np.testing.assert_array_equal(weights(one.generator), weights(many.generator))
    np.testing.assert_array_equal(weights(one.discriminator), weights(many.discriminator))
    assert len(traces) == 1


def test_way_of_compiling_follows_from_the_networks(make_gan, monkeypatch):
    monkeypatch.setattr(compiled.backend, "has_gpu", lambda: False)
    assert CompiledEngine(make_gan()).iterations_per_call == 64
    assert CompiledEngine(make_gan(architecture="dcgan")).iterations_per_call == 4
    monkeypatch.setattr(compiled.backend, "has_gpu", lambda: True)
    assert CompiledEngine(make_gan(architecture="dcgan")).iterations_per_call == 64


@pytest.mark.slow
def test_memory_stays_flat_over_a_long_run(make_gan, make_feed, traces):
    """12,000 iterations keep no more than 3,000 did, give or take what allocators hold."""
    engine = CompiledEngine(make_gan(dtype="float32"))
    resident = [
        psutil.Process().memory_info().rss
        for _ in loop.train(engine, make_feed(), range(3000, 15001, 3000))
    ]
    assert len(traces) == 1
    assert resident[-1] - resident[0] < 5_000_000
