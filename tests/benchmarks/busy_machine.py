"""How fast is the local model where another program works, too?

    python tests/benchmarks/busy_machine.py [--rounds N]

Tokens of prompt and of answer a second, beside no and one process that does nothing but count; with libgomp's own
patience (threads that wait for others spin 300,000 times), and with Footnote's (`index.openmp`). In turns; medians, and
the processor seconds that the model used.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SIDES = {"libgomp's own": {"GOMP_SPINCOUNT": "300000"}, "Footnote's": {}}
ANSWER = 32  # tokens
COUNT = "while True: pass"


def ask(seed: int) -> None:
    """Prints tokens of prompt and of answer a second, and processor seconds."""
    sys.path.insert(0, str(ROOT))
    from langchain_core.messages import HumanMessage

    from rag.llm import load_model

    model = load_model("local")
    words = (ROOT / "seeds" / "inde.txt").read_text(encoding="utf-8").split()
    question = [HumanMessage(" ".join(random.Random(seed).choices(words, k=100)) + "\n\nTell this again.")]
    begun, used = time.perf_counter(), time.process_time()
    read = model.invoke(question, max_tokens=1).usage_metadata["input_tokens"]
    middle = time.perf_counter()
    written = model.invoke(question, max_tokens=ANSWER).usage_metadata["output_tokens"]
    print(read / (middle - begun), written / (time.perf_counter() - middle), time.process_time() - used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ask", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ask is not None:
        ask(args.ask)
        return
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    print("| beside | who waits | prompt tokens/s | answer tokens/s | processor seconds |\n|---|---|---:|---:|---:|")
    for busy in (0, 1):
        found: dict[str, list[list[float]]] = {side: [] for side in SIDES}
        others = [subprocess.Popen([sys.executable, "-c", COUNT]) for _ in range(busy)]
        try:
            for seed in range(args.rounds):
                for side, variables in SIDES.items():
                    command = [sys.executable, __file__, "--ask", str(seed)]
                    done = subprocess.run(
                        command, env=environment | variables, capture_output=True, text=True, check=True
                    )
                    found[side].append([float(value) for value in done.stdout.split()])
        finally:
            for other in others:
                other.kill()
                other.wait()
        for side, rows in found.items():
            figures = " | ".join(f"{statistics.median(column):.1f}" for column in zip(*rows, strict=True))
            print(f"| {busy} | {side} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
