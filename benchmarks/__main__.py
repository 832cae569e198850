"""python -m benchmarks [--quick] [names…]: measures the product on engines of its own, or those of DATABASE_URL."""

import subprocess
import sys

from config import checking


def main() -> int:
    with checking.engines("benchmarks") as environment:
        return subprocess.call([sys.executable, "-m", "benchmarks.measure", *sys.argv[1:]], env=environment)


if __name__ == "__main__":
    sys.exit(main())
