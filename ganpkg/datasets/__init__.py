"""Datasets: a source a file, found by its file's name."""
