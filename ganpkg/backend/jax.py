"""The JAX implementation of the functions that `ganpkg.backend` describes.

JAX's functions are pure: the values of the variables are arguments and results. Inside, a Keras
`StatelessScope` holds the values that a step assigns.
"""

import atexit
import operator
import os
import sys
from contextlib import contextmanager
from functools import cache

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax.experimental import multihost_utils
from keras.distribution import DataParallel, TensorLayout

from ganpkg import stage
from ganpkg.backend import hosts, transposed
from ganpkg.backend.padding import pad
from ganpkg.errors import UserError, reason

MAX_BYTES = 2**30  # in one broadcast


def deterministic_kernels() -> None:
    # On a CPU, all kernels of XLA are deterministic.
    flags = os.environ.get("XLA_FLAGS", "")
    if "--xla_gpu_deterministic_ops" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()


class _Scope(keras.StatelessScope):
    """A nested scope: the given variables are overridden, the rest inherited, and assignments do
    not leak out.
    """

    current: "_Scope | None" = None

    def __init__(self, values=()):
        super().__init__(values)
        self.outer = _Scope.current
        if self.outer:
            self.state_mapping = self.outer.state_mapping | self.state_mapping
        self._start = dict(self.state_mapping)

    def __enter__(self):
        _Scope.current = self
        return super().__enter__()

    def __exit__(self, *error):
        _Scope.current = self.outer
        super().__exit__(*error)

    def assigned(self) -> dict:
        """The new values of the assigned variables, by their key in the mapping."""
        return {
            key: value
            for key, value in self.state_mapping.items()
            if value is not self._start.get(key)
        }


def value_and_gradients(loss, variables):
    def pure(values):
        with _Scope(zip(variables, values)) as scope:
            value, auxiliary = loss()
        return value, (auxiliary, scope.assigned())

    values = [variable.value for variable in variables]
    (value, (auxiliary, assigned)), gradients = jax.value_and_grad(pure, has_aux=True)(values)
    _Scope.current.state_mapping |= assigned
    return value, auxiliary, gradients


def gradients(function, inputs):
    def pure(inputs):
        with _Scope() as scope:
            total = jnp.sum(function(inputs))
        return total, scope.assigned()

    slopes, assigned = jax.grad(pure, has_aux=True)(inputs)
    _Scope.current.state_mapping |= assigned
    return slopes


def gpu() -> str:
    names = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return ", ".join([*names, jax.devices()[0].client.platform_version]) if names else ""


def _pure(step, variables):
    """Turns `step` into a pure function: (values, inputs) to (new values, row)."""

    def pure(values, inputs):
        with _Scope(zip(variables, values)) as scope, transposed.fast_gradients():
            row = step(*inputs)
        return [scope.get_current_value(variable) for variable in variables], row

    return pure


@contextmanager
def join_processes():
    group = hosts.read()
    if group:
        group.wait_for_first()
        jax.config.update("jax_enable_preemption_service", False)  # we handle SIGTERM
        jax.distributed.initialize(*group)
    try:
        yield
    except BaseException as error:
        if group:
            atexit.register(_leave, error)
        raise


def _leave(error: BaseException) -> None:
    """Ends the process at once. JAX would wait for the other processes, and they for this one."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(stage.status(error))


def devices() -> int:
    return jax.device_count()


def process() -> int:
    return jax.process_index()


def broadcast(content: bytes) -> bytes:
    if jax.process_count() == 1:
        return content

    def share(array):
        return _call_together(multihost_utils.broadcast_one_to_all, array)

    # JAX lacks 64-bit integers, and arrays of more than 2**31 bytes.
    length = int.from_bytes(share(np.frombuffer(len(content).to_bytes(8), np.uint8)).tobytes())
    own = np.frombuffer(content[:length].ljust(length, b"\0"), np.uint8)
    parts = [own[start : start + MAX_BYTES] for start in range(0, length, MAX_BYTES)]
    return b"".join(share(part).tobytes() for part in parts)


@cache
def _mesh():
    """The mesh of all devices of all processes; None if there is only one device."""
    return DataParallel(auto_shard_dataset=False).device_mesh if devices() > 1 else None


def _distribute(array, batch_axis: int | None = None):
    """Puts an array of every process on all devices: whole, or split along the batch axis."""
    axes = [None] * array.ndim
    if batch_axis is not None:
        axes[batch_axis] = _mesh().axis_names[0]
    layout = TensorLayout(axes, _mesh()).backend_layout
    return jax.make_array_from_callback(array.shape, layout, lambda index: array[index])


class _Compiled:
    """Compiles a function `(values, ...) -> (values, result)` of the variables' values.

    With many devices, each has all values and its part of the batch. XLA sums gradients and batch
    statistics over all devices. Between calls, the variables hold the values on one device of this
    process, so that the rest of the code sees ordinary variables.
    """

    def __init__(self, function, variables, batch_axes):
        self.variables, self.batch_axes = variables, batch_axes
        self._here, self._everywhere = [], []
        whole = _mesh() and TensorLayout([], _mesh()).backend_layout
        self._function = jax.jit(function, donate_argnums=0, out_shardings=whole)

    def __call__(self, inputs, *arguments) -> np.ndarray:
        values = [variable.value for variable in self.variables]
        if _mesh() is None:
            values, result = self._function(values, inputs, *arguments)
        else:
            inputs = list(map(_distribute, inputs, self.batch_axes))
            if not all(map(operator.is_, values, self._here)) or not self._here:
                self._everywhere = [_distribute(np.asarray(value)) for value in values]
            self._everywhere, result = _call_together(
                self._function, self._everywhere, inputs, *arguments
            )
            values = self._here = [value.addressable_data(0) for value in self._everywhere]
        for variable, value in zip(self.variables, values):
            variable.assign(value)
        return np.asarray(result)


def _call_together(function, *arguments):
    """Calls a function that all processes compute together.

    Raises:
        UserError: if another process has ended.
    """
    try:
        return jax.block_until_ready(function(*arguments))
    except (ValueError, RuntimeError) as error:
        # Processes communicate through these libraries. All other errors are our own.
        if jax.process_count() == 1 or not any(name in str(error) for name in ("Gloo", "NCCL")):
            raise
        raise UserError(
            f"another process of this training has gone ({reason(error, 80)}); start all of "
            "them again to go on from the last checkpoint"
        ) from None


def send_to_device(arrays):
    if gpu() and _mesh() is None:
        return jax.device_put(arrays)
    return arrays


def _library(arrays):
    """The array library that computes on the device of these arrays."""
    return jnp if isinstance(arrays[0], jax.Array) else np


def compile_loop(step, variables, width: int, dtype: str, max_steps: int, batch_axes):
    """It is traced once: shorter inputs are padded, and the padding is not computed."""
    pure = _pure(step, variables)

    def loop(values, inputs, count):
        def body(index, state):
            values, rows = state
            values, row = pure(values, [array[index] for array in inputs])
            return values, rows.at[index].set(row)

        return jax.lax.fori_loop(0, count, body, (values, jnp.zeros((max_steps, width), dtype)))

    compiled = _Compiled(loop, variables, batch_axes)

    def steps(*inputs):
        count = len(inputs[0])
        return compiled(pad(inputs, max_steps, _library(inputs)), count)[:count]

    return steps


def compile_long(step, variables, max_steps: int, batch_axes):
    """The steps run one by one, because XLA's convolutions are slow within loops on a CPU."""
    one = _Compiled(_pure(step, variables), variables, [axis - 1 for axis in batch_axes])

    def steps(*inputs):
        return np.stack([one(list(arrays)) for arrays in zip(*inputs)])

    return steps
