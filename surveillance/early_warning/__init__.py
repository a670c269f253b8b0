"""Detection in time: counts that are higher than those before them let expect."""
