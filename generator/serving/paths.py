"""Paths in a pod: where a server, and the agent beside it, find their files."""

MODELS = "/models"
"""Where the store is mounted in the server's container."""

CONFIG = "/config/models/models.config"
"""The hot-reloaded config; its folder is a whole volume, never a subPath (R7)."""

SERVED = "/config/served"
"""The folder in which an agent writes the config that its server polls."""

DESIRED = "/config/desired"
"""Where an agent finds what Git wants."""

START = "/config/start"
"""The folder of the files that a server reads only when it starts."""

TLS = "/config/tls"
"""Where the Secret of the ssl config is mounted."""

SSL_CONFIG = "ssl.config"
"""The key of that Secret: an SSLConfig message in text format, which has the key in it."""
