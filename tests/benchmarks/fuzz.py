"""Damage the files of every format and read them: none may crash the reader, hang it, or show an exception.

    python tests/benchmarks/fuzz.py 3000

The number is how many damaged files are read. The same number makes the same files.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from damage import damaged
from folder import samples

from index.documents import Document
from index.parsing import Parser

LIMIT = 20.0  # seconds


def main(count: int) -> int:
    """Print what became of the files; 1 if one of them is a fault of the reader."""
    originals = list(samples())
    ends: Counter[str] = Counter()
    faults, slowest, slowest_name = list[str](), 0.0, ""
    with tempfile.TemporaryDirectory() as folder, Parser(seconds=LIMIT) as parser:
        for number in range(count):
            original = originals[number % len(originals)]
            path = Path(folder) / Path(original.name).name
            path.write_bytes(damaged(original.data, random.Random(number)))
            started = time.perf_counter()
            try:
                found = list(parser.read(path, path.name))
            except Exception as error:  # what this is for
                faults.append(f"{number} {original.name}: raised {error!r}")
                continue
            seconds = time.perf_counter() - started
            if seconds > slowest:
                slowest, slowest_name = seconds, f"{number} {original.name}"
            if not found:
                faults.append(f"{number} {original.name}: nothing said")
            for item in found:
                if isinstance(item, Document):
                    ends["document"] += 1
                    continue
                ends[item.reason.split(":")[0].split(" (")[0]] += 1
                lost = item.reason.startswith(("its parser", "parsing it takes more", "reading it takes more"))
                if lost or "\n" in item.reason or "Traceback" in item.reason:
                    faults.append(f"{number} {item.source}: {item.reason}")
                elif item.reason.startswith("can't be parsed"):
                    ends[f"  {original.name}: {item.reason[:100]}"] += 1
            path.unlink()
    for end, times in sorted(ends.items()):
        print(f"{times:6} {end}")
    print(f"{count} files, slowest {slowest:.1f} s ({slowest_name}), {len(faults)} faults")
    print(*faults, sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
