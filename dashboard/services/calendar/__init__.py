"""The calendar, and what it says of curves, windows and crossings."""
