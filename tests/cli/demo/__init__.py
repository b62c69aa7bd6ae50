"""Tests of the stories that `tfs-gitops demo` plays."""
