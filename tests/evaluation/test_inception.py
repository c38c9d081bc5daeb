"""FID and KID through Inception. Its graph is not here: a stand-in has the same tensors."""

import io
import json
import sys
import tarfile

import numpy as np
import pytest
import tensorflow as tf
from scipy.linalg import sqrtm

from ganpkg.errors import UserError
from ganpkg.evaluation import inception
from ganpkg.evaluation.metrics.inception_distances import inception_distances
from ganpkg.evaluation.metrics.kid import kernel_distance

SIDE = 12  # to which the stand-in resizes, as Inception to 299
WEIGHTS = np.random.default_rng(1).normal(size=(3, 6)).astype(np.float32)

NORM = {
    "mean": np.linspace(-1, 1, 6, dtype=np.float32),
    "variance": np.linspace(0.5, 2, 6, dtype=np.float32),
    "beta": np.linspace(2, 0, 6, dtype=np.float32),
    "gamma": np.ones(6, np.float32),
}


def stand_in(output="pool_3") -> bytes:
    """A frozen graph of TensorFlow 1 for one picture: resize, scale, 1 x 1 convolution, the
    batch normalization of those days, pooling."""
    with tf.Graph().as_default() as graph:
        picture = tf.compat.v1.placeholder(tf.float32, (None, None, 3))
        x = tf.expand_dims(picture, 0, name="ExpandDims")
        x = (tf.compat.v1.image.resize_bilinear(x, [SIDE, SIDE]) - 128) / 128
        x = tf.nn.relu(tf.nn.conv2d(x, WEIGHTS[None, None], 1, "VALID"))
        x = tf.identity(x, name="norm")
        for name, value in NORM.items():
            tf.constant(value, name=name)
        x = tf.reshape(x, [1, SIDE * SIDE, 1, 6])
        tf.nn.avg_pool2d(x, (SIDE * SIDE, 1), 1, "VALID", name=output)
    definition = graph.as_graph_def(add_shapes=True)
    # An operation of the real graph, which TensorFlow 2 no longer makes.
    (norm,) = (node for node in definition.node if node.name == "norm")
    norm.op = "BatchNormWithGlobalNormalization"
    norm.input.extend(NORM)
    norm.attr["variance_epsilon"].f = 1e-3
    norm.attr["scale_after_normalization"].b = False
    definition.versions.producer = 8
    return definition.SerializeToString()


def features(pictures: np.ndarray) -> np.ndarray:
    """The features of the stand-in, (n, 6), without TensorFlow."""
    pictures = np.repeat(pictures, 3 // pictures.shape[3], axis=3).astype(np.float64)
    for axis in (1, 2):  # TensorFlow 1's resize: corners and centres of pixels do not align
        place = np.arange(SIDE) * pictures.shape[axis] / SIDE
        low = place.astype(int)
        high = np.minimum(low + 1, pictures.shape[axis] - 1)
        share = np.expand_dims(place - low, [0, *{1, 2, 3} - {axis}])
        pictures = (1 - share) * pictures.take(low, axis) + share * pictures.take(high, axis)
    x = np.maximum((pictures - 128) / 128 @ WEIGHTS.astype(np.float64), 0).mean(axis=(1, 2))
    return (x - NORM["mean"]) / np.sqrt(NORM["variance"] + 1e-3) + NORM["beta"]


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as target:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def lay_down(tmp_path, monkeypatch):
    """Writes the archive in an empty repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)

    def lay_down(content=None):
        inception.ARCHIVE.parent.mkdir(parents=True)
        content = content or archive(LICENSE=b"", classify_image_graph_def__pb=stand_in())
        inception.ARCHIVE.write_bytes(content)

    return lay_down


def pictures(count, channels=3, high=256):
    random = np.random.default_rng(count)
    return random.integers(0, high, (count, 20, 16, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_features_of_any_number_of_pictures(lay_down, channels, capsys):
    lay_down()
    samples = pictures(7, channels)
    network = inception.network(samples)
    assert network.sha256 in capsys.readouterr().out
    for count in (1, 7):
        found = network(samples[:count])
        np.testing.assert_allclose(found, features(samples[:count]), atol=1e-5)
    assert inception.network(samples) is network  # the graph is loaded once


@pytest.mark.parametrize("batch", [7, 50, 1000])
def test_the_statistics_do_not_depend_on_the_batches(lay_down, monkeypatch, batch):
    lay_down()
    monkeypatch.setattr(inception, "BATCH", batch)
    monkeypatch.setattr(inception, "MAX_FEATURES", 30)
    samples = pictures(120)
    found, expected = inception.statistics(inception.network(samples), samples), features(samples)
    np.testing.assert_allclose(found.mu, expected.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.sigma, np.cov(expected, rowvar=False), atol=1e-7)
    order = np.random.default_rng(0).permutation(120)[:30]
    np.testing.assert_allclose(found.features, expected[order], atol=1e-5)


def test_distances_as_computed_directly(lay_down):
    lay_down()
    splits = generated, train, _, test = (
        pictures(150, high=200), pictures(200), pictures(40), pictures(180),
    )  # fmt: skip
    numbers = inception_distances(*splits)
    x = features(train)
    random = np.random.default_rng
    for suffix, samples in {"": generated, "_control": test}.items():
        y = features(samples[random(0).permutation(len(samples))[:150]])
        c1, c2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
        difference = x.mean(axis=0) - y.mean(axis=0)
        distance = difference @ difference + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
        assert numbers[f"fid_inception{suffix}"] == pytest.approx(distance, rel=1e-3)
        assert numbers[f"fid_inception{suffix}_samples"] == 150
        assert numbers[f"fid_inception{suffix}_reference"] == 200
        mixed = x[random(0).permutation(200)]
        distances = [
            kernel_distance(mixed[start : start + 37], y[start : start + 37])
            for start in (0, 37, 74, 111)
        ]
        error = np.std(distances, ddof=1) / 2
        assert numbers[f"kid_inception{suffix}_error"] == pytest.approx(error, rel=0.4)
        assert numbers[f"kid_inception{suffix}"] == pytest.approx(np.mean(distances), abs=error)
    assert numbers["fid_inception"] > 10 * numbers["fid_inception_control"]


def test_the_statistics_of_real_pictures_are_kept_for_other_tools(lay_down, tmp_path, monkeypatch):
    lay_down()
    splits = pictures(100), pictures(110), pictures(40), pictures(90)
    numbers = inception_distances(*splits)
    (file,) = tmp_path.glob("checkpoints/inception-*/train.npz")
    with np.load(file) as content:
        np.testing.assert_allclose(content["mu"], features(splits[1]).mean(axis=0), rtol=1e-5)
        assert content["sigma"].shape == (6, 6) and content["sigma"].dtype == np.float64
    seen = []
    statistics = inception.statistics
    monkeypatch.setattr(
        inception, "statistics", lambda *args: seen.append(args[1]) or statistics(*args)
    )
    assert inception_distances(*splits) == numbers
    assert len(seen) == 1 and seen[0] is splits[0]
    inception_distances(splits[0], splits[1][:80], *splits[2:])  # another reference
    assert len(seen) == 3
    file.write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"train\.npz: is damaged \(.*\); remove it"):
        inception_distances(*splits)


@pytest.mark.parametrize("content, message", [
    (b"no archive", "not a gzip file"),
    (archive(LICENSE=b"", other__pb=b""), "the archive has no classify_image_graph_def.pb"),
    (archive(classify_image_graph_def__pb=b"no graph"), "Error parsing message"),
    (archive(classify_image_graph_def__pb=b""), "no ExpandDims:0 and no pool_3:0"),
    (archive(classify_image_graph_def__pb=stand_in("pool_4")), "the graph has no pool_3:0"),
    (archive(classify_image_graph_def__pb=stand_in())[:-200], "end-of-stream"),
])  # fmt: skip
def test_an_archive_that_cannot_be_used(lay_down, content, message):
    lay_down(content)
    with pytest.raises(UserError, match=message) as error:
        inception.network(pictures(1))
    text = str(error.value)
    assert text.startswith("data/raw/inception-2015-12-05.tgz: ") and "\n" not in text
    assert text.endswith("with classify_image_graph_def.pb")


@pytest.mark.parametrize("samples", [
    pictures(40).astype(np.float32), pictures(40)[..., 0], pictures(40, 2),
])  # fmt: skip
def test_other_data_than_pictures_has_no_such_numbers(lay_down, samples):
    lay_down(b"no archive")
    assert inception_distances(*[samples] * 4) == {}


def test_without_the_archive_or_tensorflow_there_are_no_numbers(lay_down, monkeypatch, capsys):
    assert inception_distances(*[pictures(40)] * 4) == {}
    lay_down()
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert inception_distances(*[pictures(40)] * 4) == {}
    assert "left out, needs TensorFlow, which is not installed" in capsys.readouterr().out


@pytest.mark.slow
def test_the_stage_notices_the_archive(fresh):
    metrics, archived = fresh.read("reports/metrics.json"), fresh.folder / inception.ARCHIVE
    archived.write_bytes(b"no archive")
    assert fresh.stages_with_own_changes() == ["prepare", "evaluate"]
    with pytest.raises(UserError, match="not a gzip file"):
        fresh.play("evaluate")
    archived.write_bytes(archive(classify_image_graph_def__pb=stand_in()))
    output = fresh.play("evaluate", "report")
    assert "Comparable with papers: in the features of Inception: FID of generated sa" in output
    numbers = json.loads(fresh.read("reports/metrics.json"))
    assert set(numbers) - set(json.loads(metrics)) == {"fid_inception", "fid_inception_control"}
    assert "FID of generated samples" in fresh.read("reports/report.html")
    assert "samples = 400, training samples = 1,077" in fresh.read("reports/report.html")
    archived.unlink()
    fresh.play("evaluate")
    assert fresh.read("reports/metrics.json") == metrics
