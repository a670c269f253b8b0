"""Expected next counts of areas: endemic-epidemic models, naive forecasts, and how well each foretold."""
