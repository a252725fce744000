"""One body a source as its vendor posts it, to try a source without the vendor."""

from __future__ import annotations

from importlib.resources import files

from leadworkflows.sources.bodies import JSON, URLENCODED

_TYPES = {".json": JSON, ".txt": URLENCODED}


class NoSample(LookupError):
    """There is no sample of this source."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no sample of {name!r}; there are samples of {', '.join(names())}")


def names() -> list[str]:
    """The sources that have a sample."""
    return sorted(_files())


def sample(name: str) -> bytes:
    """The body that the vendor would post. Raises `NoSample`."""
    return (files(__package__) / _file(name)).read_bytes()


def content_type(name: str) -> str:
    """The media type of the sample. Raises `NoSample`."""
    return _TYPES["." + _file(name).rpartition(".")[2]]


def _file(name: str) -> str:
    try:
        return _files()[name]
    except KeyError:
        raise NoSample(name) from None


def _files() -> dict[str, str]:
    found = (file.name for file in files(__package__).iterdir())
    return {name.rpartition(".")[0]: name for name in found if name.endswith(tuple(_TYPES))}
