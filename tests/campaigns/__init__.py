"""Campaigns: the program is harmed at random, again and again, and what it loses is counted.

`python -m tests.campaigns` plays all of them, `python -m tests.campaigns kills --seed 7` one.
Each is bounded, draws from a seed, and prints its counts in one line.
"""
