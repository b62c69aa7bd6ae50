"""The program: discover, validate, decide, render, publish; for one environment and for a fleet."""
