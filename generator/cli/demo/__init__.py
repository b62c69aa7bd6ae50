"""The stories that `tfs-gitops demo` plays: `releases` of a model, and `waves` through pods."""
