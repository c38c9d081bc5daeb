"""The quality of generated samples: a metric a file, its controls, and what they look through.

Nothing is imported here, so that training can look through the classifier without depending on
every metric.
"""
