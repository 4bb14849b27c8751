"""Two plain retrieval chains over the question sets, with Footnote's own embedding model and local language model.

    pip install -c constraints.txt -e '.[bench]'
    python tests/benchmarks/baselines.py SET... --sample N --seed S [--half] [--system NAME] --out DIR

A SET is a folder with docs/ and questions.jsonl; the draw is that of `footnote eval --sample N --seed S [--half]`.
`langchain` is the retrieval chain of LangChain's tutorials; `llamaindex` is LlamaIndex's CitationQueryEngine with its
own prompt. Both read four passages and answer in one call at temperature 0. Each outcome is appended to
DIR/SET.SYSTEM.jsonl as it is made, so a run that was stopped goes on where it was; the table comes at the end.
"""

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.embed import load_embeddings
from index.lexical import words_of
from index.load import load
from rag.llm import load_model
from rag.matching import holds
from rag.questions import Question, draw, load_questions

if TYPE_CHECKING:
    from langchain_core.documents import Document as LangChainDocument

    from index.documents import Document

PASSAGES = 4
CONTEXT = 8192  # as in rag/engine.py
PATIENCE = 3600.0  # seconds for an answer, which comes in one piece
ANSWER_TOKENS = 256  # LlamaIndex's default; without a limit, a small model can repeat itself for minutes
LANGCHAIN_CHUNK, LANGCHAIN_OVERLAP = 1000, 200  # characters, as in the tutorials
LLAMAINDEX_CHUNK = 512  # tokens; the default of 1,024 is twice what the embedding model reads

# The tutorials' prompt with two sentences more: how to cite, and what the context is made of.
LANGCHAIN_PROMPT = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer the "
    "question. Answer from the context alone. If the context does not answer the question, say that you don't know. "
    "The pieces are numbered: after each statement, cite the piece that it comes from as [n]. "
    "Use three sentences maximum and keep the answer concise. Answer in the language of the question."
    "\n\n{context}"
)

# What a refusal looks like, in words as `words_of` gives them (no case, diacritics or apostrophes). Generous: a plain
# chain that says anywhere that something is not there counts as having refused.
REFUSAL = re.compile(
    r"""\b(
    none$ | ^none\b | ^no$ | n\ ?a$
    | (do|does|did|is|are|was|were|could|can|has|have)(\ ?n)?\ (not|t)\ (\w+\ ){0,2}
      (know|mention|provid|contain|say|specif|includ|stat|give|answer|address|find|indicat|discuss|list|offer|detail
       |clear|available|possible|enough|explicit|known|found|determin|helpful)\w*
    | not\ (\w+\ )?(mentioned|provided|contained|specified|stated|found|available|given|included|known|answered)
    | no\ (\w+\ ){0,2}(information|mention|answer|data|details?|sources?|passages?|context|reference)
    | (cannot|can\ t|unable\ to)\ (\w+\ )?(answer|find|determine|provide|say) | unknown | insufficient
    | none\ of\ the | (am|m)\ not\ (sure|able) | i\ m\ sorry | sorry
    | no\ (lo\ |la\ |las\ |los\ |le\ )?(se|me|nos)?\ ?(ha\ |han\ |puede\ |pueden\ |puedo\ )?(\w+\ )?
      (mencion|proporcion|contien|indic|especific|dice|encuentr|encontr|respond|conoc|sabe|aparec|ofrec|dispon|inclu
       |determin|detall|suficient|explic|proporc)\w*
    | no\ (lo\ se\b|se$|se\ (la|que|cual|nada)\b|conozco)
    | no\ (hay|tengo|existe|da|tiene)\ (\w+\ )?(informac|dato|respuesta|mencion|ningun|sufici)\w*
    | desconoc\w* | ningun[ao]?\ (de\ l[ao]s|fuente|informacion|pasaje) | lo\ siento
    | weiss\ (\w+\ )?nicht | nicht\ (\w+\ )?
      (erwahn|genannt|angegeben|enthalt|bekannt|beantwort|bereit|verfugbar|gefunden|finden|hervor|ersichtlich|eindeutig
       |moglich|vorhanden|spezifi|explizit|ausdruck|genug|ausreich|bestimm|beschrieb|aufgefuhrt|sagen)\w*
    | kein\w*\ (\w+\ )?(information|angabe|antwort|hinweis|daten|erwahnung|details|quelle|auskunft|kontext)\w*
    | unbekannt | tut\ mir\ leid
    )""",
    re.X,
)
# "[2]", "[1, 2]", and what LlamaIndex's prompt makes a small model write: "[Source 2]", "Source 2"
MARKER = re.compile(r"\[(?:\w+ )?\d[\d,; ]*\]|\b(?:[Ss]ource|[Qq]uelle|[Ff]uente)s? \d+")

# A question becomes an answer and the passages that its [1], [2], … stand for.
System = Callable[[str], tuple[str, list[str]]]


@dataclass(frozen=True)
class Outcome:
    """What became of one question. The file holds the judgement too, to be read; it is made anew from the answer."""

    question: Question
    answer: str
    passages: list[str]
    seconds: float

    @cached_property
    def cited(self) -> list[str]:
        """The passages that the answer's markers name."""
        numbers = dict.fromkeys(int(n) for marker in MARKER.findall(self.answer) for n in re.findall(r"\d+", marker))
        return [self.passages[n - 1] for n in numbers if 1 <= n <= len(self.passages)]

    @cached_property
    def refused(self) -> bool:
        return REFUSAL.search(" ".join(words_of(MARKER.sub(" ", self.answer)))) is not None

    @cached_property
    def correct(self) -> bool:
        text = MARKER.sub(" ", self.answer)
        return all(holds(text, group) for group in self.question.all_of or (self.question.answers,))

    @cached_property
    def right_footnote(self) -> bool:
        return any(holds(passage, self.question.accepted) for passage in self.cited)

    @cached_property
    def verdict(self) -> str:
        if not self.question.answerable:
            return "refused" if self.refused else "made up, with a footnote" if self.cited else "made up"
        return "correct" if self.correct else "wrongly refused" if self.refused else "wrong"

    def row(self) -> dict[str, Any]:
        judged = {"verdict": self.verdict, "right_footnote": self.right_footnote}
        answer = {"answer": self.answer, "seconds": self.seconds, "passages": self.passages}
        return {"id": self.question.id, "question": self.question.question, **judged, **answer}


def langchain(documents: "list[Document]") -> System:
    """LangChain's retrieval chain: RecursiveCharacterTextSplitter, Chroma, the best passages stuffed in one prompt."""
    from chromadb.config import Settings
    from langchain_chroma import Chroma
    from langchain_classic.chains import create_retrieval_chain
    from langchain_classic.chains.combine_documents import create_stuff_documents_chain
    from langchain_core.documents import Document
    from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
    from langchain_core.runnables import RunnableLambda
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    def question_of(inputs: dict[str, Any]) -> str:
        return str(inputs["input"])

    def numbered(found: "list[LangChainDocument]") -> "list[LangChainDocument]":
        return [Document(d.page_content, metadata=d.metadata | {"number": n}) for n, d in enumerate(found, start=1)]

    splitter = RecursiveCharacterTextSplitter(chunk_size=LANGCHAIN_CHUNK, chunk_overlap=LANGCHAIN_OVERLAP)
    pieces = splitter.split_documents([Document(d.text, metadata={"source": d.source}) for d in documents])
    vectors = Chroma.from_documents(
        pieces,
        load_embeddings(),
        collection_name=f"plain-{time.time_ns()}",  # in memory, all of a process share one Chroma
        client_settings=Settings(anonymized_telemetry=False),
    )
    retriever = RunnableLambda(question_of) | vectors.as_retriever(search_kwargs={"k": PASSAGES}) | numbered
    reader = create_stuff_documents_chain(
        load_model("local", timeout=PATIENCE).bind(max_tokens=ANSWER_TOKENS),
        ChatPromptTemplate.from_messages([("system", LANGCHAIN_PROMPT), ("human", "{input}")]),
        document_prompt=PromptTemplate.from_template("[{number}] {page_content}"),
    )
    chain = create_retrieval_chain(retriever, reader)

    def ask(question: str) -> tuple[str, list[str]]:
        result = chain.invoke({"input": question})
        return str(result["answer"]), [d.page_content for d in result["context"]]

    return ask


def llamaindex(documents: "list[Document]") -> System:
    """LlamaIndex's CitationQueryEngine with its own prompt, on a VectorStoreIndex."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.query_engine import CitationQueryEngine

    # LlamaIndex's own adapters to LangChain need langchain-community, which is at its end.
    embeddings, model = load_embeddings(), load_model("local", timeout=PATIENCE).bind(max_tokens=ANSWER_TOKENS)

    class Embedding(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return embeddings.embed_query(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return embeddings.embed_documents([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embeddings.embed_documents(texts)

    class Local(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=CONTEXT, num_output=ANSWER_TOKENS)

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=str(model.invoke(prompt).text))

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
            raise NotImplementedError

    nodes = VectorStoreIndex.from_documents(
        [
            Document(text=d.text, metadata={"source": d.source}, excluded_embed_metadata_keys=["source"])
            for d in documents
        ],
        embed_model=Embedding(),
        transformations=[SentenceSplitter(chunk_size=LLAMAINDEX_CHUNK, include_metadata=False)],
    )
    engine = CitationQueryEngine.from_args(nodes, llm=Local(), similarity_top_k=PASSAGES)

    def ask(question: str) -> tuple[str, list[str]]:
        result = engine.query(question)
        return str(result), [source.node.get_content() for source in result.source_nodes]

    return ask


SYSTEMS = {"langchain": langchain, "llamaindex": llamaindex}


def figures(outcomes: list[Outcome]) -> dict[str, float | None]:
    answerable = [o for o in outcomes if o.question.answerable]
    unanswerable = [o for o in outcomes if not o.question.answerable]
    answered = [o for o in answerable if o.correct or not o.refused]
    return {
        "questions": len(outcomes),
        "correct": share(o.correct for o in answerable if o.question.accepted),
        "wrongly refused": share(o.verdict == "wrongly refused" for o in answerable),
        "refuses": share(o.refused for o in unanswerable),
        "has a footnote": share(bool(o.cited) for o in answered),
        "footnote right": share(o.right_footnote for o in answered if o.question.accepted),
        "made up, with a footnote": share(o.verdict == "made up, with a footnote" for o in unanswerable),
        "seconds, median": statistics.median(o.seconds for o in outcomes),
    }


def share(values: Iterable[bool]) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None


def run(system: str, folder: Path, questions: list[Question], out: Path) -> list[Outcome]:
    """The outcomes of one system on one set; what is in the file from an earlier run is not asked again."""
    path = out / f"{folder.name}.{system}.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    known = {row["id"]: row for row in rows}
    outcomes = {q.id: _outcome(q, known[q.id]) for q in questions if q.id in known}
    missing = [question for question in questions if question.id not in known]
    if missing:
        print(f"{folder.name}, {system}: indexing", file=sys.stderr)
        ask = SYSTEMS[system]([load(file) for file in sorted((folder / "docs").iterdir())])
    for number, question in enumerate(missing, start=1):
        start = time.perf_counter()
        answer, passages = ask(question.question)
        outcome = Outcome(question, answer, passages, round(time.perf_counter() - start, 2))
        outcomes[question.id] = outcome
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome.row(), ensure_ascii=False) + "\n")
        done = f"{folder.name}, {system} {number}/{len(missing)}"
        print(f"{done}: {outcome.verdict}, {outcome.seconds:.0f} s", file=sys.stderr)
    return [outcomes[question.id] for question in questions]


def _outcome(question: Question, row: dict[str, Any]) -> Outcome:
    return Outcome(question, row["answer"], row["passages"], row["seconds"])


def table(columns: dict[str, dict[str, float | None]]) -> str:
    """Markdown, a column for each set and system."""
    names = list(next(iter(columns.values())))
    lines = ["| figure | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(shown(name, c[name]) for c in columns.values()) + " |" for name in names]
    return "\n".join(lines)


def shown(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    digits = {"questions": 0, "seconds, median": 1}.get(name, 3)
    return f"{value:.{digits}f}".replace("0.", ".", 1) if digits == 3 and value < 1 else f"{value:.{digits}f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sets", metavar="SET", nargs="+", type=Path, help="folder with docs/ and questions.jsonl")
    parser.add_argument("--sample", metavar="N", type=int, help="ask only N questions of each set, drawn")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    parser.add_argument("--half", action="store_true", help="draw half of them from those without an answer")
    parser.add_argument("--system", choices=sorted(SYSTEMS), action="append", help="only this one (default: both)")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where the outcomes go")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    columns = {}
    for folder in args.sets:
        questions = load_questions(folder / "questions.jsonl")
        if args.sample is not None:
            questions = draw(questions, args.sample, seed=args.seed, half=args.half)
        for system in args.system or SYSTEMS:
            columns[f"{folder.name}, {system}"] = figures(run(system, folder, questions, args.out))
    print(table(columns))


if __name__ == "__main__":
    main()
