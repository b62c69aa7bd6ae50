"""The programs that try whether an overlay builds, best first, each with its word for that."""

TOOLS = (("kubectl", "kustomize"), ("kustomize", "build"))
