"""The tests. They run the real parts: a real S3 server, real Git, real Kustomize."""
