"""Noise in place of hiding: every number of a release is told, and none as it is; and the attack on them.

`added` makes them, `attack` knows only what is published and how likely each change is.
"""
