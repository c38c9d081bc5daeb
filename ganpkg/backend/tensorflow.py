"""The TensorFlow implementation of the functions that `ganpkg.backend` describes."""

from contextlib import contextmanager
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.ops import math_ops

from ganpkg.backend import hosts
from ganpkg.backend.padding import pad
from ganpkg.errors import UserError

tf.get_logger().setLevel("ERROR")  # it warns if several networks are compiled, as in evaluation


def _exact_rsqrt(x, name=None):
    # TensorFlow's optimizer would turn `1 / sqrt(x)` into such a kernel again.
    return tf.math.divide_no_nan(tf.ones([], x.dtype), tf.sqrt(x), name)


# TensorFlow's kernel on a CPU starts from an instruction that AMD and Intel round differently.
# Batch and layer normalization use it.
tf.math.rsqrt = math_ops.rsqrt = _exact_rsqrt


def deterministic_kernels() -> None:
    tf.config.experimental.enable_op_determinism()
    # It drops the order between a step's reading of a weight and the weight's update, so that
    # now and then a gradient is made of new weights (seen with a loss that is linear in the
    # outputs, whose gradients need not wait for the forward pass). Off, it costs 2 %.
    # The other one turns x / sqrt(y) into such an approximation as `_exact_rsqrt` avoids, and saves
    # no time.
    off = "dependency_optimization", "arithmetic_optimization"
    tf.config.optimizer.set_experimental_options(dict.fromkeys(off, False))


def value_and_gradients(loss, variables):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([variable.value for variable in variables])
        value, auxiliary = loss()
    gradients = tape.gradient(value, [variable.value for variable in variables])
    return value, auxiliary, gradients


def gradients(function, inputs):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs)


def gpu() -> str:
    build = tf.sysconfig.get_build_info()
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "unknown")
        for device in tf.config.list_physical_devices("GPU")
    ]
    libraries = [f"{name} {build.get(f'{name}_version')}" for name in ("cuda", "cudnn")]
    return ", ".join([*names, *libraries]) if names else ""


@contextmanager
def join_processes():
    if hosts.read():
        raise UserError(f"{hosts.ADDRESSES}: training on many hosts needs backend: jax")
    yield


def devices() -> int:
    return 1


def process() -> int:
    return 0


def broadcast(content: bytes) -> bytes:
    return content


def compile_loop(step, variables, width: int, dtype: str, max_steps: int, batch_axes):
    """With XLA. It is traced once: shorter inputs are padded, and the padding is not computed."""

    @tf.function(jit_compile=True, autograph=False)
    def loop(count, inputs):
        rows = tf.TensorArray(dtype, max_steps, element_shape=[width])
        _, rows = tf.while_loop(
            lambda index, rows: index < count,
            lambda index, rows: (
                index + 1,
                rows.write(index, step(*(array[index] for array in inputs))),
            ),
            (0, rows),
            parallel_iterations=1,
        )
        return rows.stack()

    def steps(*inputs):
        count = len(inputs[0])
        arrays = [tf.constant(array) for array in pad(inputs, max_steps)]
        return loop(tf.constant(count), arrays).numpy()[:count]

    return steps


def predict_with_xla(network, inputs, batch_size: int):
    """It is traced once for a network: a shorter last batch is padded."""
    predict = _inference(network)
    parts = []
    for start in range(0, len(inputs), batch_size):
        batch = np.asarray(inputs[start : start + batch_size], keras.config.floatx())
        parts.append(predict(tf.constant(pad([batch], batch_size)[0])).numpy()[: len(batch)])
    return np.concatenate(parts)


@lru_cache(maxsize=4)
def _inference(network):
    return tf.function(
        lambda batch: network(batch, training=False), jit_compile=True, autograph=False
    )


def send_to_device(arrays):
    return arrays


def compile_long(step, variables, max_steps: int, batch_axes):
    """Without XLA. The steps of a call are one graph, so that a step can start while the previous
    one ends. Fewer steps than `max_steps` run one by one, with the same trace.
    """
    one = tf.function(step, autograph=False)

    @tf.function(autograph=False)
    def unrolled(inputs):
        return tf.stack([one(*(array[index] for array in inputs)) for index in range(max_steps)])

    def steps(*inputs):
        if len(inputs[0]) == max_steps:
            return unrolled([tf.constant(array) for array in inputs]).numpy()
        return np.stack([one(*map(tf.constant, arrays)).numpy() for arrays in zip(*inputs)])

    return steps
