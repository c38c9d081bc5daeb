"""Keras' backend, and what the engines need from it beyond Keras.

KERAS_BACKEND selects the backend; the default is `tensorflow`. The stages set the variable to the
parameter `backend`. Each backend has a file here with the same functions:

- `deterministic_kernels()`: makes the backend use only kernels whose result does not depend on the
  timing of threads. It must be called first.
- `value_and_gradients(loss, variables)`: calls `loss() -> (scalar, auxiliary)`; returns the
  scalar, the auxiliary, and the gradients of the scalar with respect to the variables.
- `gradients(function, inputs)`: d sum(function(inputs)) / d inputs, itself differentiable.
- `compile_loop(step, variables, width, dtype, max_steps, batch_axes)`: compiles
  `step(*inputs) -> row`, which reads and assigns variables, into a loop. Returns a function of
  inputs stacked along a new first axis, up to `max_steps`; it returns the rows as a NumPy array,
  (count, width). `batch_axes` has the batch axis of each stacked input, along which several
  devices share the batch.
- `compile_long(step, variables, max_steps, batch_axes)`: the same for long steps, where a loop
  saves no time.
- `send_to_device(arrays)`: starts to copy the inputs of such a function to the device, if that
  saves time.
- `join_processes()`: a context in which this process is part of a training on many hosts, if
  Keras' variables KERAS_DISTRIBUTION_JOB_ADDRESSES, ..._NUM_PROCESSES and ..._PROCESS_ID say so.
- `devices()`: the number of devices that share a batch, over all processes.
- `process()`: the number of this process. Process 0 writes the records.
- `broadcast(content)`: returns the bytes that process 0 passes.
- `gpu()`: the names of GPUs and their libraries, for people; empty without a GPU.
"""

import gc
import importlib
import os
from contextlib import contextmanager

from ganpkg import machine
from ganpkg.errors import UserError
from ganpkg.stage import quiet_stderr

# At level 3, errors still raise exceptions. No level silences what TensorFlow prints while it is
# loaded (no GPU, oneDNN is on ...).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# By default TensorFlow uses oneDNN's kernels only with AVX-512. With AVX2, too, they are nearly
# twice as fast as its own.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
CHOICES = "tensorflow", "jax"


@contextmanager
def _uncollected():
    """A context without garbage collection, which takes a sixth of the import time. Nearly all
    that an import makes stays, and later collections pass it over.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load() -> str:
    """Loads Keras and its backend, and returns the backend's name."""
    chosen = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen not in CHOICES:
        raise UserError(f"KERAS_BACKEND: given {chosen}, expected {' or '.join(CHOICES)}")
    os.environ["KERAS_BACKEND"] = chosen
    try:
        with quiet_stderr(), _uncollected():
            importlib.import_module(chosen)
            keras = importlib.import_module("keras")
    except ModuleNotFoundError as error:
        raise UserError(
            f"KERAS_BACKEND: {chosen} needs {error.name}, which is not installed here"
        ) from None
    # A configuration file in the home directory must not change these.
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
broadcast = _own.broadcast


@contextmanager
def join_processes(params):
    """A context in which all devices of all processes train together.

    Raises:
        UserError: if they cannot train with these parameters.
    """
    with _own.join_processes():
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
    """Checks that TensorFlow can compute in `params.precision`, because it would crash.

    Raises:
        UserError: if it cannot.
    """
    limit = "" if NAME != "tensorflow" or has_gpu() else machine.onednn_limit()
    if params.precision == "bfloat16" and limit:
        raise UserError(
            f"params.yaml: precision: given bfloat16, expected float32 under {limit}: TensorFlow "
            "computes bfloat16 with the AVX-512 of this processor"
            + ("; portable: false sets no limit" if params.portable else "")
        )


def seed(number: int) -> None:
    """Seeds Keras' own random numbers: initial weights and the noise of layers."""
    import keras

    with quiet_stderr():  # Keras loads TensorFlow, if installed, to seed it, too
        keras.utils.set_random_seed(number)


def make_deterministic(number: int) -> None:
    """Makes the results of this process reproducible: deterministic kernels and a seed."""
    deterministic_kernels()
    seed(number)


def has_convolutions(network) -> bool:
    inner = getattr(network, "layers", [])
    return any(map(has_convolutions, inner)) or "Conv" in type(network).__name__


def predict(network, inputs, batch_size: int):
    """The outputs of a network in inference mode for inputs, (n, *input).

    On a CPU, TensorFlow computes dense networks with XLA, as in the training: the rounding of its
    own matrix products depends on the sizes of the processor's caches.
    """
    if NAME == "tensorflow" and not has_gpu() and not has_convolutions(network):
        return _own.predict_with_xla(network, inputs, batch_size)
    return network.predict(inputs, batch_size=batch_size, verbose=0)


def has_gpu() -> bool:
    return bool(gpu())


def device() -> str:
    """The device on which the networks run, for people."""
    if devices() > 1:
        return f"{devices()} devices"
    return "the GPU" if has_gpu() else f"{os.cpu_count()} CPU cores ({NAME} sees no GPU)"
