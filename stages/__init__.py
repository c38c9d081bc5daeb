"""The stages of dvc.yaml, each run as `python -m stages.NAME`."""

from ganpkg import machine

machine.limit()  # before a stage imports a library that computes
