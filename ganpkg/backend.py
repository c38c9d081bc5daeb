"""All that is TensorFlow's own: determinism, gradients, loops, compilation."""

import os

from ganpkg.stage import quiet_stderr

# Level 3 leaves errors to the exceptions that carry them; what TensorFlow prints while it
# is loaded (no GPU here, oneDNN is on ...) no level silences.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_stderr():
    import keras
    import tensorflow as tf


def make_deterministic(seed: int) -> None:
    """From here on the same program gives the same bytes on the same machine.

    Seeds what Keras draws by itself (start weights), and lets TensorFlow use only kernels
    whose result does not depend on the timing of threads.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def value_and_gradients(loss, variables):
    """Calls `loss() -> (scalar, auxiliary)`; returns both and d scalar / d variables."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([variable.value for variable in variables])
        value, auxiliary = loss()
    gradients = tape.gradient(value, [variable.value for variable in variables])
    return value, auxiliary, gradients


def has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def device() -> str:
    """What the networks run on, for people."""
    return "the GPU" if has_gpu() else f"{os.cpu_count()} CPU cores (TensorFlow sees no GPU)"


def compile_steps(step, dtype: str, iterations_per_call: int, jit_compile: bool):
    """Compiles `step(*inputs) -> row` into a function of `count` and stacked inputs.

    The function takes inputs stacked along a first axis of length `iterations_per_call`,
    runs `step` on the first `count` of them in order, and returns their rows (vectors of
    `dtype`) stacked.
    Since shapes never change, it is traced once.
    """

    @tf.function(jit_compile=jit_compile, autograph=False)
    def steps(count, inputs):
        if iterations_per_call == 1:
            return step(*(array[0] for array in inputs))[None]
        rows = tf.TensorArray(dtype, iterations_per_call, element_shape=[None])
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

    return steps
