"""Generates the typed Python client from the API's own description, as an integrator would."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

FOLDER = Path(settings.ROOT) / "var" / "client"
PACKAGE = "resonanz_client"
BYTES = "application/octet-stream"
CONFIG = {
    "package_name_override": PACKAGE,
    "post_hooks": [],
    "content_type_overrides": {"text/csv": BYTES, "image/*": BYTES, "application/pdf": BYTES},
}
BEFORE, AFTER = "import Response, UNSET\n", "import Response, UNSET, Unset\n"


def generate(folder: Path = FOLDER) -> Path:
    """The folder that holds the package. Raises AssertionError where the generator warns of anything."""
    folder.mkdir(parents=True, exist_ok=True)
    call_command("spectacular", format="openapi-json", validate=True, file=str(folder / "openapi.json"))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    out = folder / PACKAGE
    words = ["--path", folder / "openapi.json", "--config", folder / "config.json", "--output-path", out]
    run("openapi_python_client", "generate", "--meta", "none", "--overwrite", "--fail-on-warning", *words)
    for source in (out / "api").rglob("*.py"):
        # The generator forgets this import where a body may have several types.
        text = source.read_text()
        if "| Unset" in text and AFTER not in text:
            source.write_text(text.replace(BEFORE, AFTER))
    return folder


def run(module: str, *words: object, folder: Path = FOLDER) -> str:
    """What the module prints. Raises AssertionError where it fails."""
    told = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(folder), "MYPYPATH": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    if told.returncode:
        raise AssertionError(f"{module} ended with {told.returncode}:\n{told.stdout[-6000:]}{told.stderr[-6000:]}")
    return told.stdout
