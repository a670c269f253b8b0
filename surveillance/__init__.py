"""Statistics of communicable-disease surveillance: arrays and frames in, frames out.

Nothing here reads a file, a database, a clock or a setting.
"""
