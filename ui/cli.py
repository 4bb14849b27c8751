"""The command: footnote index | ask | chat | eval | models.

Answers go to stdout, notes and progress to stderr. What is heavy is imported by the command that needs it, so that
`footnote --help` is quick.
"""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FootnoteError, ModelError, SettingsError
from index.language import prepare
from ui import index_command
from ui.ports import check_port
from ui.terminal import Progress, note

if TYPE_CHECKING:
    from index import Index, SyncReport
    from rag.settings import Settings

FINE, FAILED, INTERRUPTED, NOBODY_READS = 0, 1, 130, 141
# Flags are named after the fields of Settings that they set; one that is not given leaves FOOTNOTE_* in force.
FIELDS = ("index_path", "embedding_model", "llm", "llm_base_url", "checker", "top_k")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; argparse itself exits with 0 for help and 2 for wrong usage."""
    args = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8" if args.json else None, errors="replace")
    try:
        code: int = args.run(args)
        print(end="", flush=True)  # what can't be written is an error now, not when Python ends
    except FootnoteError as error:
        note(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _write_no_more()
        return NOBODY_READS
    except OSError as error:  # a full disk, a folder without permission
        note(": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error))
        _write_no_more()
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Answers from your own documents, with a footnote under every statement.",
        epilog="Each flag that sets something has a variable too: --llm is FOOTNOTE_LLM, --index FOOTNOTE_INDEX_PATH.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"footnote {version('footnote')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
        made.set_defaults(run=run, json=False)
        return made

    index = command("index", _index, "make the index equal to files and folders")
    index_command.add_flags(index, path=_text)
    _add_index_flags(index)

    ask = command("ask", _ask, "answer one question from the indexed documents")
    ask.add_argument("question", metavar="QUESTION", nargs="+", help="what you want to know, best in quotes")
    _add_index_flags(ask)
    _add_answer_flags(ask)
    ask.add_argument("--json", action="store_true", help="print the answer, citations and passages as one JSON object")

    chat = command("chat", _chat, "open the chat page")
    chat.add_argument("paths", metavar="PATH", nargs="*", type=_text, help="a file or a folder to index first")
    _add_index_flags(chat)
    _add_answer_flags(chat)
    chat.add_argument("--host", type=_text, default="127.0.0.1", help="address to serve at (default: %(default)s)")
    chat.add_argument("--port", type=_between(1, 65535), default=7860, help="port (default: %(default)s)")

    evaluate = command("eval", _eval, "measure the answers to the questions of files")
    _add_eval_flags(evaluate)
    _add_answer_flags(evaluate)

    models = command("models", _list_models, "list or get the language models that run on this machine")
    actions = models.add_subparsers(metavar="ACTION")
    actions.add_parser("list", help="name, size, whether it is on disk, and where", allow_abbrev=False)
    pull = actions.add_parser("pull", help="download a model and check it", allow_abbrev=False)
    pull.add_argument("name", metavar="NAME", nargs="?", type=_text, help="as in the list (default: the first one)")
    pull.set_defaults(run=_pull_model)
    return parser


def _add_index_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--index", dest="index_path", metavar="DIR", type=_text, help="folder or Chroma server (default: .footnote)"
    )
    _add_embedding_flag(parser)


def _add_embedding_flag(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--embedding-model", metavar="MODEL", type=_text, help="hub id or folder (default: the bundled model)")


def _add_answer_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--llm",
        metavar="SPEC",
        type=_text,
        help="quotes, local, local:NAME, local:FILE.gguf or PROVIDER:MODEL (default: local if on disk, else quotes)",
    )
    add("--base-url", dest="llm_base_url", metavar="URL", type=_text, help="an OpenAI-compatible server for --llm")
    add("--checker", metavar="MODEL", type=_text, help="hub id or folder of an NLI cross-encoder (default: none)")
    add("--top-k", metavar="K", type=int, help="number of passages to read (default: 8)")


def _add_eval_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("questions", metavar="QUESTIONS.jsonl", nargs="*", type=_text, help="one JSON object a line; a file is a set")
    add(
        "--index",
        dest="indexes",
        metavar="DIR",
        type=_text,
        action="append",
        help="folder or Chroma server, once for all files or once for each, in their order (default: .footnote)",
    )
    _add_embedding_flag(parser)
    add("--sample", metavar="N", type=_between(1, sys.maxsize), help="ask only N questions of each file, drawn")
    add("--seed", metavar="S", type=int, default=0, help="of the draw (default: %(default)s)")
    add("--half", action="store_true", help="draw half of the sample from questions without an answer")
    add("--resume", metavar="RUN.jsonl", type=_text, help="keep each outcome there, and go on where it ends")
    add("--report", metavar="FILE.html", type=_text, help="write the figures and the failures as a page to read")
    add("--json", action="store_true", help="print the figures and each outcome as one JSON object")
    add("--compare", metavar=("A.json", "B.json"), nargs=2, type=_text, help="compare what --json printed in two runs")
    parser.set_defaults(wrong_usage=parser.error)


def _text(value: str) -> str:
    """An argument that may not be empty: `footnote index "$UNSET"` would take the working directory."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return value


def _between(low: int, high: int) -> Callable[[str], int]:
    def number(value: str) -> int:
        if not value.isascii() or not value.isdecimal() or not low <= int(value) <= high:
            raise argparse.ArgumentTypeError(f"{value!r} is not a number from {low} to {high}")
        return int(value)

    return number


def _index(args: argparse.Namespace) -> int:
    return index_command.run(args, partial(_settings, args))


def _ask(args: argparse.Namespace) -> int:
    settings = _settings(args)
    prepare()  # while the rest is imported
    from rag import answer
    from rag.answering import checked_question, chosen_model
    from ui.render import to_json, to_text

    # An argument whose bytes are no UTF-8 has surrogates, which no tokenizer takes.
    question = " ".join(args.question).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    checked_question(question)  # before an index is opened, or made
    _check_index(settings)
    model = chosen_model(settings)
    index = _open_index(settings)
    found = answer(question, index=index, model=model, settings=settings)
    if found.read_as:
        note(f"read as: {found.read_as}")
    print(_as_json(to_json(found)) if args.json else to_text(found))
    return FINE


def _chat(args: argparse.Namespace) -> int:
    settings = _settings(args)
    index_command.check_paths(args.paths)
    check_port(args.host, args.port)  # not after hours of indexing
    if args.paths:
        report = index_command.sync_paths(args.paths, settings)
        note(report.summary())
        if _is_failure(report, args.paths):
            return FAILED
    from ui.serving import launch

    launch(settings, args.host, args.port, folders=args.paths)
    return INTERRUPTED


def _eval(args: argparse.Namespace) -> int:
    if wrong := _wrong_in_eval(args):
        args.wrong_usage(wrong)
    if args.compare:
        return _compare(args)
    settings = [_settings(args, index_path=path) for path in args.indexes or [None]]
    settings *= len(args.questions) // len(settings)
    from rag.answering import chosen_model
    from rag.evaluate import Trial, evaluate_sets
    from rag.questions import draw, load_sets
    from rag.runs import RunFile, run_to_json

    sets = load_sets([Path(path) for path in args.questions])
    if args.sample:
        sets = [draw(questions, args.sample, seed=args.seed, half=args.half) for questions in sets]
    run_file = RunFile(Path(args.resume)) if args.resume else None
    for one in settings:
        _check_index(one)
    if args.report and not Path(args.report).absolute().parent.is_dir():  # said now, not after hours
        raise SettingsError(f"report {args.report} can't be written: there is no such folder")
    model = chosen_model(settings[0])
    indexes = {one.index_path: _open_index(one) for one in dict.fromkeys(settings)}
    trials = [Trial(questions, indexes[one.index_path], one) for questions, one in zip(sets, settings, strict=True)]
    for path, trial in zip(args.questions, trials, strict=True):
        gold = {name for question in trial.questions for name in question.gold}
        if missing := sorted(gold - {record.source for record in trial.index.documents()}):
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            note(f"{path}: not in the index, so that no passage of it can be right: {', '.join(missing[:3])}{more}")
    with Progress("questions to ask: {}", unit="question") as progress:
        outcomes = evaluate_sets(trials, model=model, run_file=run_file, progress=progress)
    setups = [trial.setup for trial in trials]
    if args.json:
        print(_as_json(run_to_json(setups, outcomes)))
    else:
        from rag.figures import summarise
        from rag.tables import figures_table

        print(figures_table(summarise(outcomes)))
    if args.report:
        from rag.report import report_html

        Path(args.report).write_text(report_html(setups, outcomes), encoding="utf-8", errors="replace")
    return FINE


def _wrong_in_eval(args: argparse.Namespace) -> str:
    """What can't go together, in words; nothing if all is well."""
    answering = (args.questions, args.indexes, args.sample, args.half, args.resume, args.report)
    if args.compare:
        return "--compare takes two files that --json printed, and no questions" if any(answering) else ""
    if not args.questions:
        return "give a file of questions, or --compare"
    if args.half and not args.sample:
        return "--half needs --sample"
    if len(args.indexes or [None]) not in (1, len(args.questions)):
        return f"{len(args.indexes)} times --index for {len(args.questions)} files: give it once, or once for each"
    return ""


def _compare(args: argparse.Namespace) -> int:
    from rag.figures import compare_sets, pair
    from rag.runs import differences_to_json, load_run
    from rag.tables import differences_tables

    one, other, left_out = pair(*(load_run(Path(path)) for path in args.compare))
    if not one:
        raise SettingsError(f"{' and '.join(args.compare)} have no question in common")
    if left_out:
        note(f"questions that only one of the two has, left out: {left_out}")
    found = compare_sets(one, other)
    print(_as_json(differences_to_json(found)) if args.json else differences_tables(found))
    return FINE


def _list_models(_: argparse.Namespace) -> int:
    from rag import local

    width = max(map(len, local.MODELS))
    for name, model in local.MODELS.items():
        is_there = local.installed(name)
        where = local.find(name) if is_there else f"footnote models pull {name}"
        print(f"{name:{width}}  {model.size / 1e9:.1f} GB  {'on disk' if is_there else 'not on disk'}  {where}")
    return FINE


def _pull_model(args: argparse.Namespace) -> int:
    from rag import instructions, local, prompts
    from rag.llm import load_model

    name = (args.name or local.DEFAULT).removeprefix("local:")
    if name in local.MODELS and not local.installed(name):
        note(f"getting {name} ({local.MODELS[name].size / 1e9:.1f} GB) into {local.models_folder()}")
    with Progress("", unit="B", unit_scale=True) as progress:
        path = local.pull(name, progress=progress)
    if not instructions.are_kept(prompts.beginnings(), instructions.kept_in(local.models_folder(), path)):
        note("the model reads its instructions, once")
        with suppress(ModelError):  # whatever it is, it is said when someone asks
            load_model(f"local:{name}")
    print(path)
    return FINE


def _settings(args: argparse.Namespace, **more: Any) -> "Settings":
    from rag.settings import Settings

    given = {name: getattr(args, name, None) for name in FIELDS} | more
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _is_failure(report: "SyncReport", paths: Sequence[str]) -> bool:
    """Whether a file was named and nothing could be read. A folder may hold anything."""
    read_any = report.added or report.replaced or report.unchanged
    return bool(report.skipped) and not read_any and not all(Path(path).is_dir() for path in paths)


def _check_index(settings: "Settings") -> None:
    """An index that somebody named has to be there: its name may be misspelt, and the samples would answer."""
    if "index_path" in settings.model_fields_set and not settings.documents:
        index_command.check_index(settings.index_path)


def _open_index(settings: "Settings") -> "Index":
    """The index to answer from. What nobody chose, samples for documents and quotes for a model, is said on stderr."""
    from rag import local
    from rag.answering import SAMPLES, open_index
    from rag.llm import default_spec

    with Progress("", unit="file") as progress:
        index = open_index(settings, progress=progress)
    skipped = sum(len(file.skipped) for file in index.files()) if settings.documents else 0
    if skipped:
        note(f"{skipped} skipped, which gave no text; why: footnote index --status")
    folders = {Path(record.path).parent for record in index.documents()}
    if folders == {SAMPLES.resolve()}:
        note("answering from the samples; index your own with: footnote index PATH")
    if not settings.llm and default_spec() == "quotes":
        size = f"{local.MODELS[local.DEFAULT].size / 1e9:.1f} GB"
        note(f"no language model on disk: answering with quotes; get one with: footnote models pull ({size})")
    return index


def _as_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _write_no_more() -> None:
    """Nothing can be written: keep Python from trying once more when it ends, and from saying so."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
