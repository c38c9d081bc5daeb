"""Layers that Keras lacks.

They are registered, so that saved models that contain them can be loaded: `storage.load_model`
imports this file.
"""

import keras
from keras import ops


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
