"""Cascades of a disease: how many took each step, how long it took, where others were lost."""
