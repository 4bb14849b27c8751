"""How soon the page shows the passages found: python tests/benchmarks/chat_passages.py QUESTIONS.jsonl INDEX.

In a real browser, from the key that sends a question to the first passage beside the answer, which the local model has
not begun then. The page is warm: one question was asked before. Each question is asked in a new conversation, and
stopped once its passages are there; the next one comes when the model answers again. Beside it, what `rag.retrieve`
alone takes in the same process.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsing import Visit, playwright, serve, settle, start  # noqa: E402

from index import Index  # noqa: E402
from rag import engine, instructions, local, retrieve  # noqa: E402
from rag.questions import draw, load_questions  # noqa: E402
from rag.settings import Settings  # noqa: E402

PATIENCE = 60.0  # seconds


def rest() -> None:
    """Waits until the model of this process answers: not before the batch is done that it was stopped in."""
    path = local.find()
    server = engine.serve(path, instructions.kept_in(local.models_folder(), path))
    server.post("/completion", {"prompt": "Yes", "n_predict": 1}, PATIENCE)


def shown(visit: Visit, question: str) -> float:
    """Milliseconds until a passage for the question can be seen."""
    visit.page.locator("#question textarea").fill(question)
    begun = time.perf_counter()
    visit.page.locator("#question textarea").press("Enter")
    visit.page.locator('#evidence .sources[data-turn="1"] .passage').first.wait_for(state="visible")
    milliseconds = 1000 * (time.perf_counter() - begun)
    visit.page.locator("#stop").click()
    visit.finished(1, "stopped")
    visit.page.get_by_role("button", name="New conversation").first.click()
    visit.page.locator(".turn").first.wait_for(state="detached")
    return milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("index", metavar="INDEX")
    parser.add_argument("--sample", metavar="N", type=int, default=20, help="questions to ask (default: %(default)s)")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    args = parser.parse_args()
    questions = [one.question for one in draw(load_questions(args.questions), args.sample, seed=args.seed)]
    app = serve(Settings(index_path=args.index, llm="local"))
    index = Index.open(args.index)
    page, alone = [], []
    with playwright.sync_playwright() as driver:
        visit = Visit(start(driver), app.local_url)
        shown(visit, "What is this about?")
        for question in questions:
            rest()
            page.append(shown(visit, question))
            begun = time.perf_counter()
            retrieve(question, index)
            alone.append(1000 * (time.perf_counter() - begun))
        visit.leave()
    app.close()
    settle()
    print("| milliseconds | p50 | p95 |\n|---|---:|---:|")
    for name, took in (("passages on the page", page), ("`retrieve` alone", alone)):
        print(f"| {name} | {statistics.median(took):.0f} | {statistics.quantiles(took, n=20)[-1]:.0f} |")


if __name__ == "__main__":
    main()
