"""Keras, imported when it is first used.

The rooms' files hold parameters and networks or losses side by side. Reading params.yaml needs the
former alone, and not the seconds that an import of Keras takes.
"""

import importlib


class LazyModule:
    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str):
        importlib.import_module("ganpkg.backend")  # chooses and sets up Keras' backend
        return getattr(importlib.import_module(self._name), attribute)


keras, layers, ops = map(LazyModule, ("keras", "keras.layers", "keras.ops"))
