"""Current cases of malaria, one by one and by village."""
