"""The catalog: index files, and the model versions that they prove complete."""
