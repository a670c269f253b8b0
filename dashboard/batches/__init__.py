"""Heavy work in batches: on threads, on processes, or on the workers of a scheduler of Dask."""
