"""The algorithm (`algorithm.py`), its two engines, what feeds them and what drives them."""
