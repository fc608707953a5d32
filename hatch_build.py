"""Build hook: DIALTREE_COMPILE=1 puts the busiest part of the SIP engine into the wheel compiled.

mypyc makes extension modules of the same typed source; Python prefers them to the .py files beside
them. Without the variable, and in every other build, nothing is compiled and nothing is missed.
It takes a C compiler and Python's headers.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = (
    "engine/sip/wire/*.py",
    "engine/sip/transaction/*.py",
    "engine/sip/proxy/*.py",
    "engine/sip/digest/*.py",
    "engine/sip/calls.py",
    "engine/sip/contact.py",
    "engine/sip/core.py",
    "engine/sip/events.py",
    "engine/sip/flow.py",
    "engine/sip/location.py",
    "engine/sip/occupancy.py",
    "engine/sip/outbound.py",
    "engine/sip/registrar.py",
    "engine/sip/service.py",
    "engine/sip/timer.py",
)
"""What every message of a call or a registration passes through."""

SETUP = """
import sys
from setuptools import setup
from mypyc.build import mypycify
options = ["--config-file=", "--ignore-missing-imports"]
modules = mypycify([*options, *sys.argv[1:]], opt_level="3", group_name="dialtree")
setup(name="dialtree", packages=[], py_modules=[], ext_modules=modules,
      script_args=["-q", "build", "--build-lib", "build/compiled", "--build-temp", "build/objects"])
"""


class CompileHook(BuildHookInterface[Any]):
    """Compiles when asked to."""

    @property
    def _wanted(self) -> bool:
        return self.target_name == "wheel" and os.environ.get("DIALTREE_COMPILE") == "1"

    def dependencies(self) -> list[str]:
        """What a build needs besides hatchling."""
        return ["mypy>=1.13", "setuptools>=75"] if self._wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add the results to the wheel."""
        if not self._wanted or version == "editable":
            return
        root = Path(self.root)
        found = (path for pattern in COMPILED for path in sorted(root.glob(pattern)))
        sources = [str(path.relative_to(root)) for path in found if path.name != "__init__.py"]
        subprocess.run([sys.executable, "-c", SETUP, *sources], cwd=root, check=True)  # noqa: S603
        built = root / "build" / "compiled"
        for module in built.rglob(f"*{_suffix()}"):
            build_data["force_include"][str(module)] = str(module.relative_to(built))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _suffix() -> str:
    return ".pyd" if sys.platform == "win32" else ".so"
