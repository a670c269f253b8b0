"""The worklist of cases of malaria, and the register of the villages that they came from."""
