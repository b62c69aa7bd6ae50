"""What servers and agents report, against what Git says."""
