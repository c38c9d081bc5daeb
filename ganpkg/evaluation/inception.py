"""Features of the Inception network through which papers compute FID and KID.

The network is the frozen graph that the code of Heusel et al. 2017, "GANs trained by a two
time-scale update rule", uses. It is never downloaded: a person puts its archive into data/raw.
"""

import hashlib
import importlib
import io
import json
import tarfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ganpkg import storage
from ganpkg.errors import UserError, reason
from ganpkg.stage import quiet_stderr

ARCHIVE = Path("data/raw/inception-2015-12-05.tgz")
GRAPH = "classify_image_graph_def.pb"
INPUT, OUTPUT = "ExpandDims:0", "pool_3:0"
EXPECTED = f"expected the inception-2015-12-05.tgz of Heusel et al. 2017, with {GRAPH}"
BATCH = 50  # pictures; the graph enlarges each to 299 x 299
MAX_FEATURES = 10_000  # pictures whose features stay in memory, for KID


class Network:
    """Maps pictures, (n, height, width, 1 or 3) uint8, to features, (n, 2048) float32.

    Args:
        graph: the content of the graph's file.
        sha256: of the archive.

    Raises:
        ValueError or tf.errors.OpError: if this is no graph that does so.
    """

    def __init__(self, graph: bytes, sha256: str):
        import keras
        import tensorflow as tf

        definition = tf.compat.v1.GraphDef.FromString(graph)
        missing = {INPUT, OUTPUT} - {f"{node.name}:0" for node in definition.node}
        if missing:
            raise ValueError(f"the graph has no {' and no '.join(sorted(missing))}")
        _allow_any_batch_size(definition)

        # A session, since the graph has operations that TensorFlow 2 refuses in functions. Beside
        # JAX it leaves the GPU alone: both would take all of its memory.
        config = tf.compat.v1.ConfigProto()
        if keras.config.backend() != "tensorflow":
            config.device_count["GPU"] = 0
        with tf.Graph().as_default() as tf_graph:
            pictures = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3))
            outputs = tf.compat.v1.import_graph_def(definition, {INPUT: pictures}, [OUTPUT])
        session = tf.compat.v1.Session(graph=tf_graph, config=config)
        self._run = session.make_callable(outputs[0], [pictures])
        self.sha256 = sha256
        shape = self._run(np.zeros((2, 8, 8, 3), np.float32)).shape
        if shape != (2, 1, 1, shape[-1]):
            raise ValueError(f"{OUTPUT} has shape {shape} for 2 pictures, not (2, 1, 1, features)")

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        colours = np.broadcast_to(pictures, (*pictures.shape[:3], 3))
        return self._run(colours.astype(np.float32)).reshape(len(pictures), -1)


def _allow_any_batch_size(definition) -> None:
    """Lets a graph that was made for one picture take any number, as the FID code does."""
    import tensorflow as tf

    shapes = {node.input[1] for node in definition.node if node.op == "Reshape"}
    for node in definition.node:
        node.attr.pop("_output_shapes", None)
        if node.op == "Const" and node.name in shapes:
            shape = tf.make_ndarray(node.attr["value"].tensor).copy()
            if shape[:1] == 1 and -1 not in shape:
                shape[0] = -1
                node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(shape))


def network(samples: np.ndarray) -> Network | None:
    """The network; None if the samples are no pictures, or without the archive or TensorFlow.

    Raises:
        UserError: if the archive cannot be used.
    """
    pictures = samples.dtype == np.uint8 and samples.ndim == 4 and samples.shape[3] in (1, 3)
    return _load(ARCHIVE.absolute()) if pictures and ARCHIVE.exists() else None


@cache
def _load(archive: Path) -> Network | None:
    try:
        with quiet_stderr():
            importlib.import_module("tensorflow")
    except ImportError:
        print(f"{ARCHIVE}: left out, needs TensorFlow, which is not installed here")
        return None
    content = archive.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        result = Network(_graph(content), sha256)
    except Exception as error:  # tarfile and TensorFlow raise many types on damaged files
        raise UserError(f"{ARCHIVE}: {reason(error)}; {EXPECTED}") from None
    print(f"{ARCHIVE}: sha256 {sha256}, not checked: that of the original is not known here")
    return result


def _graph(content: bytes) -> bytes:
    """The graph in an archive.

    Raises:
        ValueError: if there is none.
    """
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            if member.isfile() and PurePosixPath(member.name).name == GRAPH:
                return archive.extractfile(member).read()
    raise ValueError(f"the archive has no {GRAPH}")


class Statistics(NamedTuple):
    """What a set of pictures looks like to the network."""

    mu: np.ndarray
    """(features,) float64, the mean."""
    sigma: np.ndarray
    """(features, features) float64, the covariance."""
    features: np.ndarray
    """(at most MAX_FEATURES, features) float32, of a random part of the set, in random order."""
    count: np.ndarray
    """(), the number of pictures."""


def statistics(network: Network, samples: np.ndarray, max_count: int | None = None) -> Statistics:
    """The statistics of a random subset of pictures, (n, height, width, channels) uint8.

    Only one batch at a time is in memory as floats.

    Args:
        samples: possibly memory-mapped.
        max_count: of pictures; None for all.
    """
    order = np.random.default_rng(0).permutation(len(samples))[:max_count]
    shift = total = products = None
    kept = []
    for start in tqdm(range(0, len(order), BATCH), "batches through Inception", disable=None):
        features = network(samples[order[start : start + BATCH]])
        if start < MAX_FEATURES:
            kept.append(features)
        features = features.astype(np.float64)
        if shift is None:  # near the mean, so that the products lose no digits
            shift = features.mean(axis=0)
            total, products = np.zeros_like(shift), np.zeros((len(shift), len(shift)))
        features -= shift
        total += features.sum(axis=0)
        products += features.T @ features
    mean = total / len(order)
    covariance = (products - len(order) * np.outer(mean, mean)) / (len(order) - 1)
    kept = np.concatenate(kept)[:MAX_FEATURES]
    return Statistics(shift + mean, covariance, kept, np.array(len(order)))


def cached_statistics(
    network: Network, samples: np.ndarray, name: str, max_count: int | None = None
) -> Statistics:
    """The same, from `checkpoints/inception-.../<name>.npz` if the very same were computed before.

    Other tools that compute FID read `mu` and `sigma` in that file.

    Raises:
        UserError: if the file is damaged.
    """
    file = storage.root() / "checkpoints" / f"inception-{_key(network, samples, max_count)}"
    file = file / f"{name}.npz"
    if file.exists():
        file.parent.touch()  # the oldest folders are removed
        try:
            with np.load(file, allow_pickle=False) as content:
                return Statistics(*(content[field] for field in Statistics._fields))
        except Exception as error:
            raise UserError(f"{file}: is damaged ({reason(error)}); remove it") from None
    result = statistics(network, samples, max_count)
    with storage.atomic(file) as temporary, temporary.open("wb") as target:
        np.savez(target, **result._asdict())
    return result


def _key(network: Network, samples: np.ndarray, max_count: int | None) -> str:
    """A hash of all that decides the statistics."""
    import tensorflow as tf

    # By its name: the report imports the metrics, too, but does not depend on the environment.
    environment = importlib.import_module("ganpkg.environment").environment
    facts = {
        "network": network.sha256,
        "code": storage.md5(__file__),
        "tensorflow": tf.__version__,
        "environment": environment(portable=False),
        "shape": samples.shape,
        "max_count": max_count,
    }
    digest = hashlib.sha256(json.dumps(facts).encode())
    for start in range(0, len(samples), MAX_FEATURES):
        digest.update(np.ascontiguousarray(samples[start : start + MAX_FEATURES]))
    return digest.hexdigest()[:32]
