"""All that is JAX's own; `ganpkg.backend` says what the functions are for.

JAX's functions are pure: the variables' values go in and come out, and what a step assigns is
kept in a `StatelessScope` of Keras until then.
"""

import os
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np

from ganpkg.backend.padding import padded

PACKAGES = "jax", "jaxlib"


def deterministic_kernels() -> None:
    # On a CPU all of XLA's are.
    flags = os.environ.get("XLA_FLAGS", "")
    if "--xla_gpu_deterministic_ops" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()


class _Scope(keras.StatelessScope):
    """Inside, some variables have other values, all others those they have around it; what is
    assigned stays inside.
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
        with _Scope(zip(variables, values)) as scope:
            row = step(*inputs)
        return [scope.get_current_value(variable) for variable in variables], row

    return pure


def _run(compiled, variables, *arguments):
    """Calls a function of the variables' values, and gives them those that it returns."""
    values, result = compiled([variable.value for variable in variables], *arguments)
    for variable, value in zip(variables, values):
        variable.assign(value)
    return result


def compile_loop(step, variables, width: int, dtype: str, most: int):
    """Traced once: shorter inputs are padded, not run to the end."""
    pure = _pure(step, variables)

    @partial(jax.jit, donate_argnums=0)
    def loop(values, count, inputs):
        def body(index, state):
            values, rows = state
            values, row = pure(values, [array[index] for array in inputs])
            return values, rows.at[index].set(row)

        return jax.lax.fori_loop(0, count, body, (values, jnp.zeros((most, width), dtype)))

    def steps(*inputs):
        count = len(inputs[0])
        return np.asarray(_run(loop, variables, count, padded(inputs, most)))[:count]

    return steps


def compile_long(step, variables, most: int):
    """One by one: within loops XLA's convolutions are slow on a CPU."""
    one = jax.jit(_pure(step, variables), donate_argnums=0)

    def steps(*inputs):
        rows = [_run(one, variables, list(arrays)) for arrays in zip(*inputs)]
        return np.stack([np.asarray(row) for row in rows])

    return steps
