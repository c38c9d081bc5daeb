"""Keras, imported when it is first used.

The files of networks and objectives also define their parameters. Reading params.yaml needs only
the parameters, and should not take the seconds that importing Keras takes.
"""

import importlib


class LazyModule:
    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str):
        importlib.import_module("ganpkg.backend")  # chooses and sets up Keras' backend
        return getattr(importlib.import_module(self._name), attribute)


keras, layers, ops = map(LazyModule, ("keras", "keras.layers", "keras.ops"))
