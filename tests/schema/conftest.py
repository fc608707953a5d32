"""Trees written to disk and validated from there, as users do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schema.tree import DirectorySource
from schema.validate import Cache, Validation, validate

BASE = "version: 1\nsystem: {domain: example.test}\nnodes: {pbx1: {address: 192.0.2.5}}\n"
Validate = Callable[..., Validation]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, str | bytes]], Path]:
    """Write files (path → content) of a tree; pbx.yaml has a minimal one unless it is given."""

    def written(files: dict[str, str | bytes]) -> Path:
        for path, content in ({"pbx.yaml": BASE} | files).items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            target.write_bytes(data)
        return tmp_path

    return written


@pytest.fixture
def check(write: Callable[[dict[str, str | bytes]], Path]) -> Validate:
    """Validate a tree of these files; text for pbx.yaml is appended to the minimal one."""

    def checked(
        more: str = "", files: dict[str, str | bytes] | None = None, cache: Cache | None = None,
        models: set[str] | None = None,
    ) -> Validation:  # fmt: skip
        source = DirectorySource(write({"pbx.yaml": BASE + more} | (files or {})))
        return validate(source, cache, models)

    return checked
