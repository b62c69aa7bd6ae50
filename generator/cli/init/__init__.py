"""The command `init`: what a person chose, what is there, what is written, and the report."""
