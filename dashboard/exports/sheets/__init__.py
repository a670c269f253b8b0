"""The columns of files that pages give, one module for each family."""
