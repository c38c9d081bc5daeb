"""Layers that Keras lacks.

They are registered, so that saved models that contain them can be loaded: `storage.load_model`
imports this file.
"""

import keras
import numpy as np
from keras import ops

from ganpkg import backend


@keras.saving.register_keras_serializable("ganpkg")
class Columns(keras.layers.Layer):
    """Selects columns of rows: (batch, columns) to (batch, stop - start).

    Indexing would also make a layer, but one whose name counts up within a process.
    """

    def __init__(self, start: int, stop: int, **options):
        super().__init__(**options)
        self.start, self.stop = start, stop

    def call(self, inputs):
        return inputs[:, self.start : self.stop]

    def get_config(self):
        return {**super().get_config(), "start": self.start, "stop": self.stop}


@keras.saving.register_keras_serializable("ganpkg")
class MaxPiece(keras.layers.Layer):
    """The maximum of the linear pieces of each unit: (batch, units * pieces) to (batch, units).

    Goodfellow et al. 2013, "Maxout networks", section 3.
    """

    def __init__(self, pieces: int, **options):
        super().__init__(**options)
        self.pieces = pieces

    def call(self, inputs):
        return ops.max(ops.reshape(inputs, (-1, inputs.shape[1] // self.pieces, self.pieces)), -1)

    def get_config(self):
        return {**super().get_config(), "pieces": self.pieces}


@keras.saving.register_keras_serializable("ganpkg")
class Pointwise(keras.layers.Dense):
    """A dense layer over the last axis: (batch, ..., channels) to (batch, ..., units).

    On TensorFlow it is a 1x1 convolution: on a CPU, the rounding of TensorFlow's matrix products
    depends on the sizes of the processor's caches; that of its convolutions does not. On JAX it is
    a product of matrices: on a CPU, a convolution takes ten times as long there.
    """

    def call(self, inputs):
        channels = inputs.shape[-1]
        if backend.NAME == "jax":
            outputs = super().call(ops.reshape(inputs, (-1, channels)))
        else:
            maps = ops.reshape(inputs, (-1, *([1, 1, *inputs.shape[1:-1]][-2:]), channels))
            outputs = ops.conv(maps, ops.expand_dims(self.kernel, (0, 1)))
            if self.use_bias:
                outputs = ops.add(outputs, self.bias)
            outputs = self.activation(outputs)
        return ops.reshape(outputs, (-1, *inputs.shape[1:-1], self.units))


@keras.saving.register_keras_serializable("ganpkg")
class GroupedConv2D(keras.layers.Conv2D):
    """A convolution in groups of channels.

    On a CPU, it is one convolution for each group: TensorFlow has no other gradient there, and
    XLA's takes 10 to 100 times as long.
    """

    def convolution_op(self, inputs, kernel):
        convolve = super().convolution_op
        if backend.has_gpu():
            return convolve(inputs, kernel)
        parts = zip(ops.split(inputs, self.groups, -1), ops.split(kernel, self.groups, -1))
        return ops.concatenate([convolve(*part) for part in parts], -1)


@keras.saving.register_keras_serializable("ganpkg")
class Bilinear(keras.layers.Layer):
    """Bilinear resampling by the kernel [1, 2, 1] along each axis; edges are repeated.

    (batch, rows, columns, channels) to (batch, height, width, channels). A side is doubled, to
    2n or 2n - 1; halved, from n to ceil(n / 2); or kept. Pixels 0, 2, 4 ... of the larger map lie
    on pixels 0, 1, 2 ... of the smaller one.

    It multiplies by a matrix along each axis. On a CPU this is the fastest form in TensorFlow:
    shifted sums take five times as long.
    """

    def __init__(self, height: int, width: int, **options):
        super().__init__(**options)
        self.height, self.width = height, width

    def call(self, inputs):
        _, rows, columns, channels = inputs.shape
        if rows != self.height:
            flat = ops.reshape(inputs, (-1, rows, columns * channels))
            inputs = ops.matmul(self._matrix(rows, self.height), flat)
        if columns != self.width:
            flat = ops.reshape(inputs, (-1, columns, channels))
            inputs = ops.matmul(self._matrix(columns, self.width), flat)
        return ops.reshape(inputs, (-1, self.height, self.width, channels))

    def _matrix(self, size: int, new_size: int):
        """Resamples an axis: (new_size, size)."""
        matrix, pixel = np.zeros((new_size, size)), np.arange(new_size)
        if new_size > size:
            terms = {0.5: [pixel // 2, (pixel + 1) // 2]}
        else:
            terms = {0.25: [2 * pixel - 1, 2 * pixel + 1], 0.5: [2 * pixel]}
        for weight, neighbours in terms.items():
            for neighbour in neighbours:
                matrix[pixel, np.clip(neighbour, 0, size - 1)] += weight
        return ops.convert_to_tensor(matrix, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width}


@keras.saving.register_keras_serializable("ganpkg")
class StartMap(keras.layers.Layer):
    """A learnt map, each channel times a factor: (batch, channels) to (batch, height, width,
    channels)."""

    def __init__(self, height: int, width: int, **options):
        super().__init__(**options)
        self.height, self.width = height, width

    def build(self, input_shape):
        shape = (self.height, self.width, input_shape[-1])
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.map = self.add_weight(name="map", shape=shape, initializer=start)

    def call(self, inputs):
        return self.map * inputs[:, None, None]

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width}


@keras.saving.register_keras_serializable("ganpkg")
class WeightedSum(keras.layers.Layer):
    """The sum over a map, weighted for each channel: (batch, height, width, channels) to (batch,
    channels).

    It is a depthwise convolution by a kernel of the map's size. On a CPU, JAX takes a hundred
    times as long for a convolution.
    """

    def build(self, input_shape):
        _, height, width, channels = input_shape
        start = keras.initializers.RandomNormal(stddev=(height * width) ** -0.5)
        self.map = self.add_weight(name="map", shape=(height, width, channels), initializer=start)

    def call(self, inputs):
        return ops.sum(self.map * inputs, axis=(1, 2))


@keras.saving.register_keras_serializable("ganpkg")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides a layer's kernel by its spectral norm, the largest singular value.

    Miyato et al. 2018, "Spectral normalization for generative adversarial networks", algorithm 1:
    one power iteration per call in training mode, gradients through the norm. Keras' layer of
    this name overwrites the kernel instead: also while the layer is frozen, and with gradients
    that depend on the backend.
    """

    def build(self, input_shape):
        super().build(input_shape)
        shape = (self.layer.kernel.shape[-1],)
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.direction = self.add_weight(
            name="direction", shape=shape, initializer=start, trainable=False, autocast=False
        )

    def call(self, inputs, training=False):
        kernel = ops.cast(self.layer.kernel, self.direction.dtype)
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        fixed = ops.stop_gradient(matrix)
        left = _unit(ops.matmul(fixed, self.direction))
        right = _unit(ops.matmul(left, fixed))
        if training and self.trainable:
            self.direction.assign(right)
        norm = ops.sum(ops.matmul(left, matrix) * right)
        # The layer sees the quotient as its kernel; its variable stays as it is.
        values = [(variable, variable.value) for variable in self.layer.variables]
        with keras.StatelessScope([*values, (self.layer.kernel, kernel / norm)]):
            return self.layer(inputs)


def _unit(vector):
    return vector / (ops.norm(vector) + keras.config.epsilon())
