"""Generators and discriminators: a family a file, found by its file's name."""
