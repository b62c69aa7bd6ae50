"""GitHub Actions: annotations, summary, outputs, and what the runner obeys."""
