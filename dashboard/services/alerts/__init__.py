"""The standing watch by rules: evaluating them, the register of alerts, and the yield of each rule."""
