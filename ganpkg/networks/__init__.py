"""Generators and discriminators, one family per file. A family's name is the name of its file."""
