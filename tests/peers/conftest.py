"""What is compared with LightGBM is not there to be collected without it: a skipped test would have to be explained."""

from __future__ import annotations

import importlib.util

collect_ignore = [] if importlib.util.find_spec("lightgbm") else ["test_sampling.py"]
