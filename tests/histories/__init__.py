"""Random histories of fleets and of pods."""
