"""Generative adversarial networks, trained reproducibly. README.md tells how to use it."""
