"""Reading what clinics send: every row of every file is accounted for."""
