"""Where cases were infected: dated stays weighed by the incubation period and the risk of each place."""
