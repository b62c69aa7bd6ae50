"""GitHub Actions: annotations, summary and outputs of a run."""
