#!/usr/bin/env python3
"""Django's command line; runs in the environment that `./start` makes."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON = ROOT / "var" / "venv" / "bin" / "python"

if __name__ == "__main__":
    if importlib.util.find_spec("django") is None:
        if not PYTHON.exists() or Path(sys.prefix) == PYTHON.parent.parent:
            sys.exit("Django is not installed here: run ./start first.")
        os.execv(PYTHON, [str(PYTHON), str(Path(__file__).resolve()), *sys.argv[1:]])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    management = importlib.import_module("django.core.management")
    management.execute_from_command_line(sys.argv)
