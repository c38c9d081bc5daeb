"""What both players minimise: an objective a file, found by its file's name."""
