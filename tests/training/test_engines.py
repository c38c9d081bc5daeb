"""The two engines are the same algorithm, and the algorithm is the one on paper."""

from itertools import pairwise

import numpy as np
import psutil
import pytest
import tensorflow as tf

from ganpkg.training import compiled, loop
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.textbook import TextbookEngine
from tests.training.conftest import weights

UPDATES = ["separate", "joint", "simultaneous"]
OBJECTIVES = ["non_saturating", "minimax"]
ITERATIONS = 24
# One step of Adam moves a weight by about the learning rate, 1e-3. In float64 nothing but
# rounding can hide below 1e-9. In float32 rounding (1.2e-7 of each value) leaves differences
# of a few 1e-7; the tolerance is a two-hundredth of a step, so that an update more or less,
# or one in another order, would show.
TOLERANCE = {"float64": 1e-9, "float32": 5e-6}


def play(engine_class, gan, feed, iterations=ITERATIONS):
    scores = engine_class(gan).run(feed.batches(0, iterations))
    return weights(gan.generator), weights(gan.discriminator), scores


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("update", UPDATES)
def test_engines_agree(make_gan, make_feed, update, objective, dtype):
    textbook, compiled_ = (
        play(engine, make_gan(update, objective, dtype=dtype), make_feed())
        for engine in (TextbookEngine, CompiledEngine)
    )
    start = make_gan(update, objective, dtype=dtype)
    for ours, theirs, network in zip(compiled_, textbook, (start.generator, start.discriminator)):
        assert np.abs(ours - weights(network)).max() > 5e-3  # both have moved
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_allclose(compiled_[2], textbook[2], rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("update", UPDATES)
def test_engines_agree_on_convolutions(make_gan, make_feed, monkeypatch, update):
    # 24 iterations in one call instead of 24 calls
    monkeypatch.setattr(compiled, "has_convolutions", lambda gan: False)
    textbook, compiled_ = (
        play(engine, make_gan(update, architecture="dcgan"), make_feed())
        for engine in (TextbookEngine, CompiledEngine)
    )
    for ours, theirs in zip(compiled_, textbook):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE["float64"])


@pytest.mark.parametrize("update", ["separate", "joint"])
def test_engines_agree_with_several_discriminator_steps(make_gan, make_feed, update):
    textbook, compiled_ = (
        play(engine, make_gan(update), make_feed(discriminator_steps=3, sampling="epoch"))
        for engine in (TextbookEngine, CompiledEngine)
    )
    for ours, theirs in zip(compiled_, textbook):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE["float64"])


def sigmoid(logits):
    return 1 / (1 + tf.exp(-logits))


def straight_line_iteration(gan, reals, d_latents, g_latents):
    """One iteration written out from the paper: probabilities, logarithms, eager steps."""
    generator, discriminator = gan.generator, gan.discriminator

    def d_gradients(losses):
        with tf.GradientTape() as tape:
            loss = losses()
        return tape.gradient(loss, discriminator.trainable_variables)

    def g_gradients(latents):
        with tf.GradientTape() as tape:
            fooled = sigmoid(discriminator(generator(latents, training=True)))
            if gan.objective == "minimax":
                loss = tf.reduce_mean(tf.math.log(1 - fooled))
            else:
                loss = -tf.reduce_mean(tf.math.log(fooled))
        return tape.gradient(loss, generator.trainable_variables)

    def on_fakes(fakes):
        return -tf.reduce_mean(tf.math.log(1 - sigmoid(discriminator(fakes))))

    def on_reals(x):
        return -tf.reduce_mean(tf.math.log(sigmoid(discriminator(x))))

    def d_apply(gradients):
        gan.discriminator_optimizer.apply(gradients, discriminator.trainable_variables)

    def g_apply(gradients):
        gan.generator_optimizer.apply(gradients, generator.trainable_variables)

    if gan.update == "simultaneous":
        fakes = generator(d_latents[0], training=True)
        of_d = d_gradients(lambda: on_fakes(fakes) + on_reals(reals[0]))
        of_g = g_gradients(d_latents[0])
        d_apply(of_d)
        g_apply(of_g)
        return
    for x, z in zip(reals, d_latents):
        fakes = generator(z, training=gan.update == "joint")
        if gan.update == "joint":
            d_apply(d_gradients(lambda f=fakes, x=x: on_fakes(f) + on_reals(x)))
        else:
            d_apply(d_gradients(lambda f=fakes: on_fakes(f)))
            d_apply(d_gradients(lambda x=x: on_reals(x)))
    g_apply(g_gradients(g_latents))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    "update, steps",
    [("separate", 1), ("separate", 2), ("joint", 1), ("joint", 2), ("simultaneous", 1)],
)
def test_engine_follows_the_paper(make_gan, make_feed, update, objective, steps):
    feed = make_feed(discriminator_steps=steps)
    ours, paper = make_gan(update, objective), make_gan(update, objective)
    CompiledEngine(ours).run(feed.batches(0, 5))
    batches = feed.batches(0, 5)
    for inputs in zip(batches.reals / 127.5 - 1, batches.d_latents, batches.g_latents):
        straight_line_iteration(paper, *(np.asarray(array, "float64") for array in inputs))
    for name in ("generator", "discriminator"):
        got, expected = weights(getattr(ours, name)), weights(getattr(paper, name))
        np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE["float64"])


def moved(before, after):
    return not np.array_equal(before, after)


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
@pytest.mark.parametrize("update", UPDATES)
def test_each_move_moves_its_own_network_alone(make_gan, make_feed, update, engine_class):
    gan = make_gan(update)
    moves = (
        TextbookEngine(gan).moves if engine_class is TextbookEngine else compiled.CompiledMoves(gan)
    )
    reals = make_feed().batches(0, 1).reals[0, 0] / 127.5 - 1
    latents = np.asarray(make_feed().batches(0, 1).g_latents[0], "float64")

    def state():
        trainable = np.concatenate([np.ravel(w) for w in gan.generator.trainable_variables])
        return trainable, weights(gan.discriminator)

    for _ in range(2):  # what Keras remembers from the first round must not spoil the second
        before = state()
        fakes = moves.generate(latents)
        made = state()
        assert not moved(before[0], made[0]) and not moved(before[1], made[1])
        moves.train_discriminator_on_fakes(fakes)
        moves.train_discriminator_on_reals(reals)
        moves.train_discriminator_on_both(fakes, reals)
        after_d = state()
        assert not moved(made[0], after_d[0]) and moved(made[1], after_d[1])
        moves.train_generator(latents)
        after_g = state()
        assert moved(after_d[0], after_g[0]) and not moved(after_d[1], after_g[1])


@pytest.fixture
def traces(monkeypatch):
    """Grows by one whenever an iteration is traced."""
    seen = []
    iterate = compiled.iterate
    monkeypatch.setattr(compiled, "iterate", lambda *args: seen.append(1) or iterate(*args))
    return seen


@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
def test_calls_of_any_length_change_no_byte_and_trace_once(
    make_gan, make_feed, traces, architecture
):
    one, many = (make_gan(architecture=architecture, dtype="float32") for _ in range(2))
    one_by_one, feed = CompiledEngine(one, most_iterations_per_call=1), make_feed()
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
