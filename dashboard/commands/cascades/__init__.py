"""The command of cascades."""
