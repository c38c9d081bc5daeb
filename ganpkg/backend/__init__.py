"""Keras' backend, as KERAS_BACKEND says, and what the engines need of it beyond Keras.

The stages set that variable to the parameter `backend`; elsewhere `tensorflow` is the default. Each
backend has a file here with the same functions:

- `deterministic_kernels()`: from here on, only kernels whose result does not depend on the
  timing of threads. To be called before anything else.
- `value_and_gradients(loss, variables)`: calls `loss() -> (scalar, auxiliary)`; returns both
  and d scalar / d variables.
- `gradients(function, inputs)`: d sum(function(inputs)) / d inputs, itself differentiable.
- `compile_loop(step, variables, width, dtype, most, batch_axes)`: compiles `step(*inputs) -> row`,
  which reads and assigns variables, into a loop over inputs stacked along a first axis of at most
  `most` entries. Returns a function of such inputs that gives the rows, (count, width) in NumPy.
  Of the inputs, given by their axes in the batch, every device gets its share.
- `compile_long(step, variables, most, batch_axes)`: the same for steps so long that a loop gains
  nothing.
- `send_to_device(arrays)`: the inputs of such a function, on their way to the device where that
  saves time.
- `joined_processes()`: a context manager; inside, this is one of the processes of a training on
  many hosts, if Keras' KERAS_DISTRIBUTION_JOB_ADDRESSES, ..._NUM_PROCESSES and ..._PROCESS_ID
  say so.
- `devices()`: how many share a batch, those of the other processes among them.
- `process()`: this one's number; 0 is the one that keeps the records.
- `of_first_process(content)`: the bytes that process 0 calls it with.
- `gpu()`: the GPUs and the libraries that compute on them, for people; empty without any.
"""

import importlib
import os
import sys
from contextlib import contextmanager

from ganpkg import machine
from ganpkg.errors import UserError
from ganpkg.stage import quiet_stderr

# Level 3 leaves errors to the exceptions that carry them; what TensorFlow prints while it
# is loaded (no GPU here, oneDNN is on ...) no level silences.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow takes oneDNN's kernels by itself only where it finds AVX-512; with AVX2 they are nearly
# twice as fast as its own, too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
CHOICES = "tensorflow", "jax"
# Libraries that Keras and TensorFlow load, where they are installed, for wrappers that nobody needs
# here: 40 % of the time that their import takes.
UNNEEDED = {"tensorflow": ("jax", "matplotlib", "sklearn"), "jax": ("matplotlib", "sklearn")}


@contextmanager
def _hidden(modules):
    """Inside, these seem not to be installed, unless they are loaded already."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _load() -> str:
    """Loads Keras and its backend; returns the backend's name."""
    chosen = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen not in CHOICES:
        raise UserError(f"KERAS_BACKEND: given {chosen}, expected {' or '.join(CHOICES)}")
    os.environ["KERAS_BACKEND"] = chosen
    try:
        with quiet_stderr(), _hidden(UNNEEDED[chosen]):
            importlib.import_module(chosen)
            keras = importlib.import_module("keras")
    except ModuleNotFoundError as error:
        raise UserError(
            f"KERAS_BACKEND: {chosen} needs {error.name}, which is not installed here"
        ) from None
    # Whatever the configuration file says that Keras finds in a home directory.
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_epsilon(1e-7)
    return chosen


NAME = _load()
if NAME == "jax":
    from ganpkg.backend import jax as _own
else:
    from ganpkg.backend import tensorflow as _own

deterministic_kernels = _own.deterministic_kernels
value_and_gradients = _own.value_and_gradients
gradients = _own.gradients
compile_loop = _own.compile_loop
compile_long = _own.compile_long
send_to_device = _own.send_to_device
gpu = _own.gpu
devices = _own.devices
process = _own.process
of_first_process = _own.of_first_process


@contextmanager
def joined(params):
    """Inside, all devices of all processes train together.

    Raises:
        UserError: if they cannot train what params.yaml describes.
    """
    with _own.joined_processes():
        _check_devices(params)
        yield


def _check_devices(params) -> None:
    if devices() == 1:
        return
    if params.engine != "compiled":
        raise UserError(
            f"params.yaml: engine: given {params.engine}, expected compiled, to run on "
            f"{devices()} devices"
        )
    if params.batch_size % devices():
        raise UserError(
            f"params.yaml: batch_size: given {params.batch_size}, expected a multiple of "
            f"{devices()}, the number of devices"
        )


def check_precision(params) -> None:
    """
    Raises:
        UserError: if TensorFlow would die of bfloat16 here.
    """
    limit = "" if NAME != "tensorflow" or has_gpu() else machine.onednn_limit()
    if params.precision == "bfloat16" and limit:
        raise UserError(
            f"params.yaml: precision: given bfloat16, expected float32 under {limit}: TensorFlow "
            "computes bfloat16 with the AVX-512 of this processor"
            + ("; portable: false sets no limit" if params.portable else "")
        )


def seed(number: int) -> None:
    """Seeds what Keras draws by itself: start weights and layers' noise."""
    import keras

    with quiet_stderr():  # where TensorFlow is installed, its random numbers are seeded, too
        keras.utils.set_random_seed(number)


def make_deterministic(number: int) -> None:
    """From here on the same program gives the same bytes on the same machine."""
    deterministic_kernels()
    seed(number)


def has_gpu() -> bool:
    return bool(gpu())


def device() -> str:
    """What the networks run on, for people."""
    if devices() > 1:
        return f"{devices()} devices"
    return "the GPU" if has_gpu() else f"{os.cpu_count()} CPU cores ({NAME} sees no GPU)"
