"""Ask the questions of a file, compare the answers with what would be right, and keep what became of each.

In a script:

    questions = load_questions(Path("seeds/questions.jsonl"))
    outcomes = evaluate(questions, index=Index.open(), settings=Settings(llm="quotes"))
    for figure in figures(outcomes):
        print(figure.name, figure.value, figure.low, figure.high)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.search import Index
from rag.answering import answer
from rag.citations import Turn
from rag.figures import figures
from rag.outcomes import Outcome, grade
from rag.questions import Question, load_questions
from rag.runs import RunFile, Setup, setup_of
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["Outcome", "Question", "Trial", "evaluate", "evaluate_sets", "figures", "load_questions"]

Progress = Callable[[int, int, str], None]
"""Called with (questions done, questions in all, the next question's text)."""


def evaluate(
    questions: Sequence[Question],
    *,
    index: Index,
    settings: Settings,
    model: "BaseChatModel | None" = None,
    done: Sequence[Outcome] = (),
    keep: Callable[[Outcome], None] | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Answer each question, after those that were asked before it in its conversation, and grade the answer.

    Earlier questions that several conversations begin with are answered once.

    Args:
        questions: What to ask.
        index: Where to look.
        settings: Which model answers, and how.
        model: Any LangChain chat model; the one that `settings` name by default.
        done: Outcomes that are there already; their questions are not asked again.
        keep: Called with each new outcome as soon as it is made.
        progress: Told before each question and at the end.

    Returns:
        One outcome a question, in the order of the questions.

    Raises:
        FootnoteError: the first question that can't be answered ends the run; `keep` has had those before it.
    """
    outcomes = {outcome.key: outcome for outcome in done}
    turns: dict[tuple[str, ...], Turn] = {}

    def history(asked: tuple[str, ...]) -> list[Turn]:
        found: list[Turn] = []
        for end in range(1, len(asked) + 1):
            so_far = asked[:end]
            if so_far not in turns:
                said = answer(so_far[-1], history=found, index=index, model=model, settings=settings)
                turns[so_far] = Turn(said.read_as or said.question, said.text)
            found.append(turns[so_far])
        return found

    for question in questions:
        key = (question.set, question.id)
        if key in outcomes:
            continue
        if progress:
            progress(len(outcomes), len(questions), question.question)
        before = history(question.turns)
        found = answer(question.question, history=before, index=index, model=model, settings=settings)
        outcomes[key] = grade(question, found, lambda source: index.document(source).text, before)
        if keep:
            keep(outcomes[key])
    if progress:
        progress(len(questions), len(questions), "")
    return [outcomes[question.set, question.id] for question in questions]


@dataclass(frozen=True)
class Trial:
    """A set of questions, the index to ask them of, and the settings."""

    questions: Sequence[Question]
    index: Index
    settings: Settings

    @property
    def setup(self) -> Setup:
        """What has to be the same for another trial to be comparable."""
        return setup_of(self.questions[0].set, self.index, self.settings)


def evaluate_sets(
    trials: Sequence[Trial],
    *,
    model: "BaseChatModel | None" = None,
    run_file: RunFile | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Evaluate several sets, one after the other.

    Args:
        trials: No two of one set, each with a question at least.
        model: As for `evaluate`.
        run_file: Holds outcomes of an earlier run, which are taken over, and gets the new ones.
        progress: As for `evaluate`; it counts the questions of all sets.

    Raises:
        SettingsError: the run file has outcomes of another setup.
        FootnoteError: as for `evaluate`.
    """
    setups = [trial.setup for trial in trials]
    done = [run_file.done(s, t.questions) if run_file else [] for s, t in zip(setups, trials, strict=True)]
    total = sum(len(trial.questions) for trial in trials)
    outcomes: list[Outcome] = []
    for number, (trial, setup) in enumerate(zip(trials, setups, strict=True)):
        others = len(outcomes) + sum(map(len, done[number + 1 :]))

        def report(count: int, _: int, name: str, others: int = others) -> None:
            if progress:
                progress(others + count, total, name)

        def keep(outcome: Outcome, setup: Setup = setup) -> None:
            if run_file:
                run_file.add(setup, outcome)

        outcomes += evaluate(
            trial.questions,
            index=trial.index,
            settings=trial.settings,
            model=model,
            done=done[number],
            keep=keep,
            progress=report,
        )
    return outcomes
