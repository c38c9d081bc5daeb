"""Datasets, one source per file. A dataset's name is the name of its file."""
