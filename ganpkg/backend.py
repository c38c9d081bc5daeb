"""All that is TensorFlow's own: determinism, gradients, loops, compilation."""

import os

from ganpkg.stage import quiet_stderr

# Level 3 leaves errors to the exceptions that carry them; what TensorFlow prints while it
# is loaded (no GPU here, oneDNN is on ...) no level silences.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_stderr():
    import keras
    import numpy as np
    import tensorflow as tf


def make_deterministic(seed: int, kernels: bool = True) -> None:
    """From here on the same program gives the same bytes on the same machine.

    Seeds what Keras draws by itself (start weights), and lets TensorFlow use only kernels
    whose result does not depend on the timing of threads.

    Args:
        kernels: whether it does the latter, which may cost speed.
    """
    keras.utils.set_random_seed(seed)
    if not kernels:
        return
    tf.config.experimental.enable_op_determinism()
    # It drops the order between a step's reading of a weight and the weight's update, so that
    # now and then a gradient is made of new weights (seen with a loss that is linear in the
    # outputs, whose gradients need not wait for the forward pass). Off, it costs 2 %.
    tf.config.optimizer.set_experimental_options({"dependency_optimization": False})


def value_and_gradients(loss, variables):
    """Calls `loss() -> (scalar, auxiliary)`; returns both and d scalar / d variables."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([variable.value for variable in variables])
        value, auxiliary = loss()
    gradients = tape.gradient(value, [variable.value for variable in variables])
    return value, auxiliary, gradients


def gradients(function, inputs):
    """d sum(function(inputs)) / d inputs, itself differentiable."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs)


def has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def gpu() -> str:
    """The GPUs, and the libraries that compute on them; empty where there are none."""
    build = tf.sysconfig.get_build_info()
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "unknown")
        for device in tf.config.list_physical_devices("GPU")
    ]
    libraries = [f"{name} {build.get(f'{name}_version')}" for name in ("cuda", "cudnn")]
    return ", ".join([*names, *libraries]) if names else ""


def device() -> str:
    """What the networks run on, for people."""
    return "the GPU" if has_gpu() else f"{os.cpu_count()} CPU cores (TensorFlow sees no GPU)"


def compile_loop(step, dtype: str, most: int):
    """Compiles `step(*inputs) -> row` into a loop over stacked inputs, with XLA.

    The function takes arrays stacked along a first axis of at most `most` entries, runs
    `step` on them in order, and returns their rows (vectors of `dtype`) stacked, in NumPy.
    It is traced once: shorter inputs are padded, not run to the end.
    """

    @tf.function(jit_compile=True, autograph=False)
    def loop(count, inputs):
        rows = tf.TensorArray(dtype, most, element_shape=[None])
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
        if count < most:
            inputs = [
                np.concatenate([array, np.zeros((most - count, *array.shape[1:]), array.dtype)])
                for array in inputs
            ]
        return loop(tf.constant(count), [tf.constant(array) for array in inputs]).numpy()[:count]

    return steps


def compile_unrolled(step, most: int):
    """The same as `compile_loop` for long steps, without XLA.

    The steps of a call are one graph, so that a step starts what it can while the one before
    it ends. Fewer than `most` are run one by one, with the same trace.
    """
    one = tf.function(step, autograph=False)

    @tf.function(autograph=False)
    def unrolled(inputs):
        return tf.stack([one(*(array[index] for array in inputs)) for index in range(most)])

    def steps(*inputs):
        if len(inputs[0]) == most:
            return unrolled([tf.constant(array) for array in inputs]).numpy()
        return np.stack([one(*map(tf.constant, arrays)).numpy() for arrays in zip(*inputs)])

    return steps
