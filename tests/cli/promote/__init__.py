"""`tfs-gitops promote`."""
