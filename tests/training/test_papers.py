"""The algorithm is the one on paper: the compiled engine against steps written from the papers."""

import numpy as np
import pytest
import tensorflow as tf

from ganpkg.training.compiled import CompiledEngine
from tests.training.conftest import TOLERANCE, in_two_updates, weights

pytestmark = pytest.mark.slow_but_one


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


def relativistic(mine, other):
    """The mean of -log sigmoid of the differences: the players exchange the roles."""
    return -mean(tf.math.log(sigmoid(mine - other)))


def slopes(discriminator, samples):
    """(batch,) the lengths of the discriminator's gradients at some samples."""
    samples = tf.convert_to_tensor(samples)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        outputs = discriminator(samples)
    return tf.norm(tf.reshape(tape.gradient(outputs, samples), (len(samples), -1)), axis=1)


def straight_line_iteration(gan, name, reals, d_latents, g_latents, mixing=None, g_reals=None):
    """One iteration written out from the papers: probabilities, logarithms, eager steps."""
    generator, discriminator = gan.generator, gan.discriminator
    paired = name == "relativistic"
    on_fakes, on_reals, of_generator = PAPER.get(name, (None, None, None))

    def d_gradients(*terms):
        with tf.GradientTape() as tape:
            loss = sum(term() for term in terms)
        return tape.gradient(loss, discriminator.trainable_variables)

    def g_gradients(latents, x):
        with tf.GradientTape() as tape:
            logits = discriminator(generator(latents, training=True))
            loss = relativistic(logits, discriminator(x)) if paired else of_generator(logits)
        return tape.gradient(loss, generator.trainable_variables)

    def fake_terms(fakes):
        terms = [] if paired else [lambda: on_fakes(discriminator(fakes))]
        if gan.r2:
            terms.append(lambda: gan.r2 / 2 * mean(slopes(discriminator, fakes) ** 2))
        return terms

    def real_terms(x):
        terms = [] if paired else [lambda: on_reals(discriminator(x))]
        if gan.r1:
            terms.append(lambda: gan.r1 / 2 * mean(slopes(discriminator, x) ** 2))
        return terms

    def between_terms(fakes, x, m):
        if paired:
            return [lambda: relativistic(discriminator(x), discriminator(fakes))]
        if m is None:
            return []
        m = m[:, None, None, None]
        points = m * x + (1 - m) * fakes
        weight = gan.objective.penalty
        return [lambda: weight * mean((slopes(discriminator, points) - 1) ** 2)]

    def d_apply(gradients):
        gan.discriminator_optimizer.apply(gradients, discriminator.trainable_variables)

    def g_apply(gradients):
        gan.generator_optimizer.apply(gradients, generator.trainable_variables)

    mixing = [None] * len(reals) if mixing is None else mixing
    if gan.update == "simultaneous":
        fakes = generator(d_latents[0], training=True)
        of_d = d_gradients(
            *fake_terms(fakes), *real_terms(reals[0]), *between_terms(fakes, reals[0], mixing[0])
        )
        of_g = g_gradients(d_latents[0], reals[0])
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
    g_apply(g_gradients(g_latents, g_reals))


def assert_engine_follows_the_paper(make_gan, feed, **options):
    ours, paper = make_gan(**options), make_gan(**options)
    CompiledEngine(ours).run(feed.batches(0, 5))
    batches = feed.batches(0, 5)
    for name in batches.keys() & {"reals", "g_reals"}:
        batches[name] = batches[name] / 127.5 - 1
    for step in range(5):
        inputs = {name: np.asarray(array[step], "float64") for name, array in batches.items()}
        straight_line_iteration(paper, options.get("objective", "non_saturating"), **inputs)
    for name in ("generator", "discriminator"):
        got, expected = weights(getattr(ours, name)), weights(getattr(paper, name))
        np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE["float64"])


@pytest.mark.parametrize("update, objective", in_two_updates(PAPER.keys() - {"wasserstein_gp"}))
def test_engine_follows_the_papers(make_gan, make_feed, update, objective):
    assert_engine_follows_the_paper(make_gan, make_feed(), update=update, objective=objective)


@pytest.mark.parametrize("update", ["separate", "joint"])
def test_engine_follows_the_paper_with_several_steps(make_gan, make_feed, update):
    assert_engine_follows_the_paper(make_gan, make_feed(discriminator_steps=2), update=update)


@pytest.mark.parametrize("update, steps", [("joint", 2), ("simultaneous", 1)])
def test_gradient_penalty_follows_the_paper(make_gan, make_feed, update, steps):
    options = {"objective": "wasserstein_gp", "penalty": 10.0}
    feed = make_feed(objective="wasserstein_gp", discriminator_steps=steps)
    assert_engine_follows_the_paper(make_gan, feed, update=update, **options)


@pytest.mark.parametrize(
    "update, weights",
    [
        ("separate", {"r1": 3.0, "r2": 5.0}),
        ("joint", {"r1": 10.0}),
        ("joint", {"r1": 3.0, "r2": 5.0}),
        ("simultaneous", {"r2": 10.0}),
    ],
)
def test_r1_and_r2_follow_the_paper(make_gan, make_feed, update, weights):
    assert_engine_follows_the_paper(make_gan, make_feed(), update=update, **weights)


@pytest.mark.parametrize(
    "update, steps, weight", [("joint", 2, 5.0), ("simultaneous", 1, 5.0), ("simultaneous", 1, 0.0)]
)
def test_relativistic_follows_the_paper(make_gan, make_feed, update, steps, weight):
    options = {"objective": "relativistic", "r1": weight, "r2": weight}
    feed = make_feed(objective="relativistic", discriminator_steps=steps)
    assert_engine_follows_the_paper(make_gan, feed, update=update, **options)
