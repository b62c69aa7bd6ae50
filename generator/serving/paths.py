"""Paths in a pod: where a server, and the agent beside it, find their files."""

MODELS = "/models"
"""The folder at which the server sees the store."""

CONFIG = "/config/models/models.config"
"""The hot-reloaded config; its folder is a whole volume, never a subPath (R7)."""

SERVED = "/config/served"
"""The folder in which an agent writes the config that its server polls."""

DESIRED = "/config/desired"
"""The folder at which what Git wants is mounted for an agent."""

START = "/config/start"
"""The folder of the files that a server reads only when it starts."""

TLS = "/config/tls"
"""The folder at which the Secret of the ssl config is mounted."""

SSL_CONFIG = "ssl.config"
"""The key of that Secret: an SSLConfig message in text format, which has the key in it."""
