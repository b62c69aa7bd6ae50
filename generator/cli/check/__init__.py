"""`check`: what is wrong in files of environments and in models.configs, as diagnostics."""
