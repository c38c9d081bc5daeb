"""The quality of generated samples: one file per metric, the control sets, and the features.

This file imports nothing, so that training can use the classifier without depending on the metrics.
"""
