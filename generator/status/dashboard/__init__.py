"""The dashboard of an environment: what its issue on the forge tells, shorter than the page."""
