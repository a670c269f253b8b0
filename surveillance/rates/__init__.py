"""Rates of a population: crude, standardised and smoothed; funnels, ranks, and times until a step."""
