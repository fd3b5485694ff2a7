"""Put on PYTHONPATH, this installs the named points in every Python process that is told where their board is."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

if "FAULTLINE_BOARD" in os.environ:
    _spec = spec_from_file_location("faultline", Path(__file__).parents[1] / "faultline.py")
    if _spec is not None and _spec.loader is not None:
        sys.modules["faultline"] = module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules["faultline"])
        sys.modules["faultline"].install(os.environ["FAULTLINE_BOARD"])
