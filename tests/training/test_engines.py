"""The two engines are the same algorithm, and the algorithm is the one on paper."""

from functools import partial
from itertools import pairwise

import numpy as np
import psutil
import pytest
import tensorflow as tf

from ganpkg.training import compiled, loop, objectives
from ganpkg.training.compiled import CompiledEngine
from ganpkg.training.textbook import LOSSES, TextbookEngine
from tests.training.conftest import weights

UPDATES = ["separate", "joint", "simultaneous"]
COMPOSITE = list(LOSSES)  # the objectives that the textbook's composite can express
ITERATIONS = 24
# One step of Adam moves a weight by about the learning rate, 1e-3. In float64 nothing but
# rounding can hide below 1e-9. In float32 rounding (1.2e-7 of each value) leaves differences
# of a few 1e-7; the tolerance is a two-hundredth of a step, so that an update more or less,
# or one in another order, would show.
TOLERANCE = {"float64": 1e-9, "float32": 5e-6}


def smoothed(objective, label):
    """What one-sided label smoothing changes in an objective."""
    loss = objectives.squares if objective == "least_squares" else objectives.cross_entropy
    return {"real": partial(loss, label=label), "real_label": label}


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


@pytest.mark.parametrize("objective", COMPOSITE)
@pytest.mark.parametrize("update", UPDATES)
def test_engines_agree(make_gan, make_feed, update, objective):
    assert_engines_agree(make_gan, make_feed(), update=update, objective=objective)


@pytest.mark.parametrize("objective", ["non_saturating", "minimax"])
@pytest.mark.parametrize("update", UPDATES)
def test_engines_agree_in_float32(make_gan, make_feed, update, objective):
    assert_engines_agree(make_gan, make_feed(), "float32", update=update, objective=objective)


@pytest.mark.parametrize("update", UPDATES)
def test_engines_agree_on_convolutions(make_gan, make_feed, monkeypatch, update):
    # 24 iterations in one call instead of 24 calls
    monkeypatch.setattr(compiled, "has_convolutions", lambda gan: False)
    assert_engines_agree(make_gan, make_feed("dcgan"), update=update, architecture="dcgan")


@pytest.mark.parametrize("update", ["separate", "joint"])
def test_engines_agree_with_several_discriminator_steps(make_gan, make_feed, update):
    feed = make_feed(discriminator_steps=3, sampling="epoch", noise="uniform")
    assert_engines_agree(make_gan, feed, update=update)


@pytest.mark.parametrize(
    "options",
    [
        {"objective": "non_saturating", **smoothed("non_saturating", 0.9)},
        {"objective": "least_squares", "update": "joint", **smoothed("least_squares", 0.8)},
        {"objective": "wasserstein", "clip": 0.06},
    ],
    ids=lambda options: options["objective"],
)
def test_engines_agree_with_options(make_gan, make_feed, options):
    assert_engines_agree(make_gan, make_feed(), **options)


def sigmoid(logits):
    return 1 / (1 + tf.exp(-logits))


def mean(values):
    return tf.reduce_mean(values)


# What the papers print, as functions of the discriminator's output: its loss on fakes, on
# reals, and the generator's loss.
D = sigmoid
LOG_D = (lambda f: -mean(tf.math.log(1 - D(f))), lambda f: -mean(tf.math.log(D(f))))
CRITIC = (mean, lambda f: -mean(f), lambda f: -mean(f))
PAPER = {
    "non_saturating": (*LOG_D, lambda f: -mean(tf.math.log(D(f)))),
    "minimax": (*LOG_D, lambda f: mean(tf.math.log(1 - D(f)))),
    "maximum_likelihood": (*LOG_D, lambda f: -mean(D(f) / (1 - D(f))) / 2),
    "least_squares": (
        lambda f: mean(f**2) / 2,
        lambda f: mean((f - 1) ** 2) / 2,
        lambda f: mean((f - 1) ** 2) / 2,
    ),
    "hinge": (
        lambda f: -mean(tf.minimum(0.0, -1 - f)),
        lambda f: -mean(tf.minimum(0.0, -1 + f)),
        lambda f: -mean(f),
    ),
    "wasserstein": CRITIC,
    "wasserstein_gp": CRITIC,
}


def slopes(discriminator, samples):
    """(batch,) the lengths of the discriminator's gradients at some samples."""
    samples = tf.convert_to_tensor(samples)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        outputs = discriminator(samples)
    return tf.norm(tf.reshape(tape.gradient(outputs, samples), (len(samples), -1)), axis=1)


def straight_line_iteration(gan, reals, d_latents, g_latents, mixing):
    """One iteration written out from the papers: probabilities, logarithms, eager steps."""
    generator, discriminator = gan.generator, gan.discriminator
    on_fakes, on_reals, of_generator = PAPER[gan.objective.name]

    def d_gradients(*terms):
        with tf.GradientTape() as tape:
            loss = sum(term() for term in terms)
        return tape.gradient(loss, discriminator.trainable_variables)

    def g_gradients(latents):
        with tf.GradientTape() as tape:
            loss = of_generator(discriminator(generator(latents, training=True)))
        return tape.gradient(loss, generator.trainable_variables)

    def fake_terms(fakes):
        return [lambda: on_fakes(discriminator(fakes))]

    def real_terms(x):
        terms = [lambda: on_reals(discriminator(x))]
        if gan.objective.r1:
            terms.append(lambda: gan.objective.r1 / 2 * mean(slopes(discriminator, x) ** 2))
        return terms

    def between_terms(fakes, x, m):
        if not gan.objective.gradient_penalty:
            return []
        m = m[:, None, None, None]
        points = m * x + (1 - m) * fakes
        weight = gan.objective.gradient_penalty
        return [lambda: weight * mean((slopes(discriminator, points) - 1) ** 2)]

    def d_apply(gradients):
        gan.discriminator_optimizer.apply(gradients, discriminator.trainable_variables)

    def g_apply(gradients):
        gan.generator_optimizer.apply(gradients, generator.trainable_variables)

    if gan.update == "simultaneous":
        fakes = generator(d_latents[0], training=True)
        of_d = d_gradients(
            *fake_terms(fakes), *real_terms(reals[0]), *between_terms(fakes, reals[0], mixing[0])
        )
        of_g = g_gradients(d_latents[0])
        d_apply(of_d)
        g_apply(of_g)
        return
    for x, z, m in zip(reals, d_latents, mixing):
        fakes = generator(z, training=gan.update == "joint")
        if gan.update == "joint":
            d_apply(d_gradients(*fake_terms(fakes), *real_terms(x), *between_terms(fakes, x, m)))
        else:
            d_apply(d_gradients(*fake_terms(fakes)))
            d_apply(d_gradients(*real_terms(x)))
    g_apply(g_gradients(g_latents))


def assert_engine_follows_the_paper(make_gan, feed, **options):
    ours, paper = make_gan(**options), make_gan(**options)
    CompiledEngine(ours).run(feed.batches(0, 5))
    batches = feed.batches(0, 5)
    for inputs in zip(batches.reals / 127.5 - 1, *batches[1:]):
        straight_line_iteration(paper, *(np.asarray(array, "float64") for array in inputs))
    for name in ("generator", "discriminator"):
        got, expected = weights(getattr(ours, name)), weights(getattr(paper, name))
        np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE["float64"])


@pytest.mark.parametrize("objective", [name for name in PAPER if name != "wasserstein_gp"])
@pytest.mark.parametrize("update", UPDATES)
def test_engine_follows_the_papers(make_gan, make_feed, update, objective):
    assert_engine_follows_the_paper(make_gan, make_feed(), update=update, objective=objective)


@pytest.mark.parametrize("update", ["separate", "joint"])
def test_engine_follows_the_paper_with_several_steps(make_gan, make_feed, update):
    assert_engine_follows_the_paper(make_gan, make_feed(discriminator_steps=2), update=update)


@pytest.mark.parametrize("update, steps", [("joint", 2), ("simultaneous", 1)])
def test_gradient_penalty_follows_the_paper(make_gan, make_feed, update, steps):
    options = {"objective": "wasserstein_gp", "gradient_penalty": 10.0}
    feed = make_feed(discriminator_steps=steps)
    assert_engine_follows_the_paper(make_gan, feed, update=update, **options)


@pytest.mark.parametrize("update", UPDATES)
def test_r1_follows_the_paper(make_gan, make_feed, update):
    assert_engine_follows_the_paper(make_gan, make_feed(), update=update, r1=10.0)


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
def test_clipped_weights_stay_within_the_box(make_gan, make_feed, engine_class):
    gan = make_gan(objective="wasserstein", clip=0.06)
    engine_class(gan).run(make_feed().batches(0, 3))
    assert np.abs(weights(gan.discriminator)).max() == pytest.approx(0.06, rel=1e-12)
    assert np.abs(weights(gan.generator)).max() > 0.5


@pytest.mark.parametrize("engine_class", [TextbookEngine, CompiledEngine])
def test_moving_average_of_the_generator(make_gan, make_feed, engine_class):
    gan = make_gan(average_decay=0.9)
    assert gan.sampler is gan.average and make_gan().sampler is not None
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
        moves.train_discriminator_on_both(fakes, reals, np.zeros(len(reals)))
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
    one_by_one, feed = CompiledEngine(one, most_iterations_per_call=1), make_feed(architecture)
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
