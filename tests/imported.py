"""Imports the modules it is told, each of which must be whole; prints their number."""

import importlib
import sys

if __name__ == "__main__":
    print(len([importlib.import_module(name) for name in sys.argv[1:]]))
