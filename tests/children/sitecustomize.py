"""Python runs this first in every child process of the tests: children stay off the network too."""

import importlib.util
from pathlib import Path

code = importlib.util.spec_from_file_location(
    "network_guard", Path(__file__).parent.parent / "network_guard.py"
)
assert code is not None and code.loader is not None
guard = importlib.util.module_from_spec(code)
code.loader.exec_module(guard)
guard.block()
