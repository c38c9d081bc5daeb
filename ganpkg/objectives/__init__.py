"""Objectives, one per file. An objective's name is the name of its file."""
