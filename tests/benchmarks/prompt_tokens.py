"""How much the local model has to read for a question: python tests/benchmarks/prompt_tokens.py QUESTIONS.jsonl INDEX.

Beside it, what a plain chain would have it read: four passages of 1,000 characters and the question in one prompt. A
token that is found in the model's cache, as those of the instructions are, is not read again. Medians over the
questions that the model was asked at all; those that retrieval refuses cost it nothing.
"""

import argparse
import statistics
from pathlib import Path

from langchain_core.callbacks import get_usage_metadata_callback

from index import Index
from rag import answer, engine, instructions, local
from rag.llm import load_model
from rag.questions import draw, load_questions

PLAIN_PASSAGES, PLAIN_CHARACTERS = 4, 1000
PATIENCE = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("index", metavar="INDEX")
    parser.add_argument("--sample", metavar="N", type=int, default=20, help="questions to ask (default: %(default)s)")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    args = parser.parse_args()
    index = Index.open(args.index)
    model = load_model("local").model_copy(update={"stream_usage": True})
    path = local.find()
    server = engine.serve(path, instructions.kept_in(local.models_folder(), path))
    rows = []
    for question in draw(load_questions(args.questions), args.sample, seed=args.seed):
        with get_usage_metadata_callback() as used:
            found = answer(question.question, index=index, model=model)
        if not used.usage_metadata:
            continue
        (tokens,) = used.usage_metadata.values()
        cached = tokens.get("input_token_details", {}).get("cache_read", 0)
        text = "".join(passage.chunk.text[:PLAIN_CHARACTERS] for passage in found.passages[:PLAIN_PASSAGES])
        plain = len(server.post("/tokenize", {"content": text + question.question}, PATIENCE)["tokens"])
        rows.append(
            {
                "tokens of all prompts": tokens["input_tokens"],
                "of these from the cache": cached,
                "tokens read": tokens["input_tokens"] - cached,
                "tokens written": tokens["output_tokens"],
                "tokens of four passages of 1,000 characters": plain,
                "read, as a share of those": (tokens["input_tokens"] - cached) / plain,
                "seconds to the first word": found.seconds.first_token or found.seconds.total,
                "seconds in all": found.seconds.total,
            }
        )
    print(f"{len(rows)} questions\n\n| median | |\n|---|---:|")
    for name in rows[0]:
        print(f"| {name} | {statistics.median(row[name] for row in rows):.4g} |")


if __name__ == "__main__":
    main()
