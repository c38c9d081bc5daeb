"""All that is JAX's own; `ganpkg.backend` says what the functions are for.

JAX's functions are pure: the variables' values go in and come out, and what a step assigns is
kept in a `StatelessScope` of Keras until then.
"""

import atexit
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
from ganpkg.backend.padding import padded
from ganpkg.errors import UserError, reason

MOST_SHARED = 2**30  # bytes at a time


def deterministic_kernels() -> None:
    # On a CPU all of XLA's are.
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
        """The new values of the variables that were assigned, by their key in the mapping."""
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
    (value, (auxiliary, assigned)), found = jax.value_and_grad(pure, has_aux=True)(values)
    _Scope.current.state_mapping |= assigned
    return value, auxiliary, found


def gradients(function, inputs):
    def pure(inputs):
        with _Scope() as scope:
            total = jnp.sum(function(inputs))
        return total, scope.assigned()

    found, assigned = jax.grad(pure, has_aux=True)(inputs)
    _Scope.current.state_mapping |= assigned
    return found


def gpu() -> str:
    names = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    return ", ".join([*names, jax.devices()[0].client.platform_version]) if names else ""


def _pure(step, variables):
    """`step` as a function of the variables' values and its inputs, which returns both."""

    def pure(values, inputs):
        with _Scope(zip(variables, values)) as scope, transposed.fast_gradients():
            row = step(*inputs)
        return [scope.get_current_value(variable) for variable in variables], row

    return pure


@contextmanager
def joined_processes():
    group = hosts.read()
    if group:
        group.wait_for_first()
        jax.config.update("jax_enable_preemption_service", False)  # SIGTERM is ours
        jax.distributed.initialize(*group)
    try:
        yield
    except BaseException as error:
        if group:
            atexit.register(_leave, error)
        raise


def _leave(error: BaseException) -> None:
    """Ends the process: JAX would wait for the others, and they for this one."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(stage.status(error))


def devices() -> int:
    return jax.device_count()


def process() -> int:
    return jax.process_index()


def of_first_process(content: bytes) -> bytes:
    if jax.process_count() == 1:
        return content

    def share(array):
        return _together(multihost_utils.broadcast_one_to_all, array)

    # JAX has no 64-bit numbers, and no arrays of more bytes than 32 bits can count.
    length = int.from_bytes(share(np.frombuffer(len(content).to_bytes(8), np.uint8)).tobytes())
    own = np.frombuffer(content[:length].ljust(length, b"\0"), np.uint8)
    parts = [own[start : start + MOST_SHARED] for start in range(0, length, MOST_SHARED)]
    return b"".join(share(part).tobytes() for part in parts)


@cache
def _mesh():
    """All devices of all processes, in a row; None if there is just one."""
    return DataParallel(auto_shard_dataset=False).device_mesh if devices() > 1 else None


def _spread(array, batch_axis: int | None = None):
    """An array that every process has, on all devices: whole, or a share of the batch on each."""
    axes = [None] * array.ndim
    if batch_axis is not None:
        axes[batch_axis] = _mesh().axis_names[0]
    layout = TensorLayout(axes, _mesh()).backend_layout
    return jax.make_array_from_callback(array.shape, layout, lambda index: array[index])


class _Compiled:
    """A function of the variables' values and more, `(values, ...) -> (values, result)`.

    On many devices every one has the values, and its share of a batch; what XLA then sums up over
    the batch, gradients and statistics, it sums up over all devices. Outside of calls, variables
    have the values on a device of this process, so that all else needs not know.
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
            inputs = list(map(_spread, inputs, self.batch_axes))
            if not all(map(_is, values, self._here)) or not self._here:
                self._everywhere = [_spread(np.asarray(value)) for value in values]
            self._everywhere, result = _together(
                self._function, self._everywhere, inputs, *arguments
            )
            values = self._here = [value.addressable_data(0) for value in self._everywhere]
        for variable, value in zip(self.variables, values):
            variable.assign(value)
        return np.asarray(result)


def _is(first, second) -> bool:
    return first is second


def _together(function, *arguments):
    """The result of what all processes compute together."""
    try:
        return jax.block_until_ready(function(*arguments))
    except (ValueError, RuntimeError) as error:
        # Who computes together talks through these libraries; all other errors are our own.
        if jax.process_count() == 1 or not any(name in str(error) for name in ("Gloo", "NCCL")):
            raise
        raise UserError(
            f"another process of this training has gone ({reason(error, 80)}); start all of "
            "them again to go on from the last checkpoint"
        ) from None


def sent(arrays):
    if gpu() and _mesh() is None:
        return jax.device_put(arrays)
    return arrays


def _library(arrays):
    """What computes with them where they are."""
    return jnp if isinstance(arrays[0], jax.Array) else np


def compile_loop(step, variables, width: int, dtype: str, most: int, batch_axes):
    """Traced once: shorter inputs are padded, not run to the end."""
    pure = _pure(step, variables)

    def loop(values, inputs, count):
        def body(index, state):
            values, rows = state
            values, row = pure(values, [array[index] for array in inputs])
            return values, rows.at[index].set(row)

        return jax.lax.fori_loop(0, count, body, (values, jnp.zeros((most, width), dtype)))

    compiled = _Compiled(loop, variables, batch_axes)

    def steps(*inputs):
        count = len(inputs[0])
        return compiled(padded(inputs, most, _library(inputs)), count)[:count]

    return steps


def compile_long(step, variables, most: int, batch_axes):
    """One by one: within loops XLA's convolutions are slow on a CPU."""
    one = _Compiled(_pure(step, variables), variables, [axis - 1 for axis in batch_axes])

    def steps(*inputs):
        return np.stack([one(list(arrays)) for arrays in zip(*inputs)])

    return steps
