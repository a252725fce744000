"""The tests. A package, so that they can share the stand-ins: `from tests.vendors import …`."""
