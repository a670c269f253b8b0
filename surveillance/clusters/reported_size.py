"""How large a reported cluster may be, unless somebody chooses it."""

#: Most of what the scan can judge that a reported cluster holds, unless chosen.
REPORTED_SHARE = 0.1
#: Fewest cases that this share must hold, and fewest facilities with any, for it to leave room for a cluster.
FEWEST_IN_REPORTED, FEWEST_PLACES = 5, 10
