"""How long periods are where nobody names one: long enough that something can be told."""
