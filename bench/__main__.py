"""`python -m bench [NAME…]`: run the benchmarks of this folder, or those that are named.

A benchmark is a module here with a function `main()`, which prints what it measured as ratios and
raises `bench.NotMeasuredError` when the machine lacks something. Nothing else is known of it.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable

import bench


def main(names: list[str]) -> int:
    """0 when all ran, 1 when one could not or there is none of that name."""
    found = _benchmarks()
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(found)}")
        return 1
    return max([_run(name, found[name]) for name in names or found], default=0)


def _benchmarks() -> dict[str, Callable[[], None]]:
    names = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name != "__main__")
    modules = {name: importlib.import_module(f"bench.{name}") for name in names}
    return {name: module.main for name, module in modules.items() if hasattr(module, "main")}


def _run(name: str, benchmark: Callable[[], None]) -> int:
    print(f"== {name}", flush=True)
    try:
        benchmark()
    except bench.NotMeasuredError as reason:
        print(f"not run: {reason}")
        return 1
    finally:
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
