"""Policies as files: the packaged default, and reading one with errors that name line, field and fix."""
