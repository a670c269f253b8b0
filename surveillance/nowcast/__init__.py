"""How many records of the last weeks are still to come: reporting triangles, delays, nowcasts."""
