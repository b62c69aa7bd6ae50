"""Other people's names and texts, made safe to print and to write."""
