"""A plan as text for a terminal, for JSON, for a commit and for reviewers."""
