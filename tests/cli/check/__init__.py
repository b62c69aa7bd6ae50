"""`check`: targets, diagnostics, and the forms in which they are printed."""
