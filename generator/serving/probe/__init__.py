"""Probes: requests that show whether a version answers, and whether it answers well."""
