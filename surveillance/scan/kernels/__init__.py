"""Compiled kernels of the scan."""
