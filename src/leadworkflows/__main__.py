"""`python -m leadworkflows` is the command `leadworkflows`."""

from leadworkflows.cli.main import app

app()
