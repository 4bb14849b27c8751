"""The page of `footnote eval --report`: figures with their intervals, refusals, times, and the failures to read.

One file that asks for nothing from anywhere: its style is inside, its plots are SVG, and it has no script. Whatever
comes from a question, an answer, a document or a file name passes through `_text`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby

from rag.citations import Citation, Turn
from rag.figures import Figure, SetFigures, by_set, summarise
from rag.matching import holds
from rag.outcomes import Outcome
from rag.plots import Part, histogram, interval, stacked
from rag.report_style import STYLE
from rag.runs import Setup
from rag.tables import shown

# Nothing may be fetched, whatever a text in the page says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What can be wrong with an answer; one is listed under the first that holds.
KINDS = {
    "wrong answer": "answered, but not with an accepted answer",
    "wrongly refused": "refused, though the documents say it",
    "wrongly answered": "answered, though the documents do not say it",
    "quote miss": "answered, but no quote holds an accepted answer",
    "wrong source": "answered, but with a source that is no gold document",
}


def report_html(setups: Sequence[Setup], outcomes: Sequence[Outcome]) -> str:
    """The whole page.

    Args:
        setups: How each set was answered.
        outcomes: What became of each question; one at least.
    """
    sets = by_set(outcomes)
    summary = summarise(outcomes)
    body = _head(setups, sets) + _figures(summary) + _verdicts(sets) + _times(sets, summary) + _failures(outcomes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{_text(', '.join(sets))} – footnote eval</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def failures(outcome: Outcome) -> list[str]:
    """What is wrong with an answer, in the words of `KINDS`; nothing for a good one."""
    question = outcome.question
    wrong = {
        "wrong answer": outcome.is_graded and outcome.is_answered and not outcome.correct,
        "wrongly refused": question.answerable and not outcome.is_answered,
        "wrongly answered": question.answerable is False and outcome.is_answered,
        "quote miss": outcome.is_graded and outcome.is_answered and not outcome.quote_hit,
        "wrong source": question.answerable and bool(question.gold) and not outcome.sources_right,
    }
    return [kind for kind in KINDS if wrong[kind]]


def _head(setups: Sequence[Setup], sets: Mapping[str, Sequence[Outcome]]) -> str:
    names = ("Set", "Questions", "Language model", "Passages read", "Unsupported statements", "Embedding model")
    heads = "".join(f"<th>{name}</th>" for name in names)
    rows = ""
    for setup in setups:
        cells = (
            setup.set,
            str(len(sets[setup.set])),
            setup.llm,
            str(setup.top_k),
            "dropped" if setup.strict else "marked",
            setup.embedding,
        )
        rows += f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"
    return (
        "<header><h1>How the questions were answered</h1>"
        '<nav><a href="#figures">Figures</a><a href="#refusals">Answered and refused</a><a href="#times">Seconds</a>'
        '<a href="#failures">Failures</a></nav>'
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></header>'
    )


def _figures(sets: Sequence[SetFigures]) -> str:
    parts = ""
    for part, columns in groupby(zip(*(found.figures for found in sets), strict=True), key=lambda c: c[0].measure.part):
        cards = "".join(_figure_card([found.name or "all" for found in sets], column) for column in columns)
        parts += f'<p class="part">{part}</p><div class="grid-of-cards">{cards}</div>'
    return (
        '<h2 id="figures">Figures</h2><p class="soft">The line through a dot is its 95% interval: where the figure '
        "would be with other questions like these (percentile bootstrap over questions). Where all questions agree it "
        f"has no width, which is no certainty about others.</p>{parts}"
    )


def _figure_card(names: Sequence[str], figures: Sequence[Figure]) -> str:
    measure = figures[0].measure
    is_share = measure.unit == "share"
    top = 1.0 if is_share else max((figure.high or 0.0 for figure in figures), default=0.0)
    labels = names if len(names) > 1 else [""]
    rows = "".join(_figure_row(label, figure, top) for label, figure in zip(labels, figures, strict=True))
    if top:
        alone, indent = ("", "<span></span>") if len(labels) > 1 else (" alone", "")
        most = "1" if is_share else shown(top, measure.unit)
        scale = f'<div class="scale"><span>0</span><span>{most}</span></div>'
        rows += f'<div class="row scales{alone}">{indent}{scale}</div>'
    return f'<section class="card"><h3>{measure.name}</h3><p class="soft">{measure.meaning}</p>{rows}</section>'


def _figure_row(name: str, figure: Figure, top: float) -> str:
    label = f'<span class="name">{_text(name)}</span>' if name else ""
    alone = "" if name else " alone"
    if figure.value is None or figure.low is None or figure.high is None:
        return f'<div class="row{alone}">{label}<span></span><span class="value soft">no such question</span></div>'
    value, low, high = (shown(number, figure.measure.unit) for number in (figure.value, figure.low, figure.high))
    plot = interval(figure.value, figure.low, figure.high, top, f"{value}, 95% interval {low} to {high}")
    numbers = f'<span class="value">{value} <small>[{low}, {high}]</small></span>'
    return f'<div class="row{alone}">{label}{plot}{numbers}</div>'


def _verdicts(sets: Mapping[str, Sequence[Outcome]]) -> str:
    cards = ""
    for name, outcomes in sets.items():
        can = [outcome for outcome in outcomes if outcome.question.answerable]
        must_refuse = [outcome for outcome in outcomes if outcome.question.answerable is False]
        graded = [outcome for outcome in can if outcome.is_answered and outcome.is_graded]
        right = sum(outcome.correct for outcome in graded)
        answered, wrongly = (sum(outcome.is_answered for outcome in some) for some in (can, must_refuse))
        answerable = [
            Part("correct", right, "good"),
            Part("answered, not graded", answered - len(graded), "plain"),
            Part("wrong", len(graded) - right, "bad"),
            Part("refused", len(can) - answered, "warn"),
        ]
        unanswerable = [Part("refused", len(must_refuse) - wrongly, "good"), Part("answered", wrongly, "bad")]
        bars = _verdict_bar("Answerable questions", answerable) + _verdict_bar("Questions without answer", unanswerable)
        cards += f'<section class="card"><h3>{_text(name)}</h3>{bars}</section>'
    return f'<h2 id="refusals">Answered and refused</h2><div class="grid-of-cards">{cards}</div>'


def _verdict_bar(label: str, parts: Sequence[Part]) -> str:
    plot = stacked(parts, label)
    if not plot:
        return f'<p class="soft">{label}: none</p>'
    counts = "".join(f'<span><i class="{p.kind}"></i>{p.count} {p.label}</span>' for p in parts if p.count)
    return f'<p class="soft">{label}</p>{plot}<div class="counts">{counts}</div>'


def _times(sets: Mapping[str, Sequence[Outcome]], summary: Sequence[SetFigures]) -> str:
    values = {found.name: {f.name: f.value or 0.0 for f in found.figures} for found in summary if found.name}
    marks = {name: (figures["total p50"], figures["total p95"]) for name, figures in values.items()}
    top = 1.3 * max(most for _, most in marks.values()) or 1.0  # one slow start would squeeze all others to the left
    cards = ""
    for name, (middle, most) in marks.items():
        seconds = [outcome.seconds.total for outcome in sets[name]]
        longest = max(seconds)
        said = ", ".join(
            f"{what} {shown(value, 'seconds')} s"
            for what, value in (("median", middle), ("95th percentile", most), ("longest", longest))
        )
        plot = histogram(seconds, top, (middle, most), f"Seconds to the whole answer: {said}")
        end = f"{shown(top, 'seconds')} s{' and more' if longest > top else ''}"
        scale = f'<div class="scale"><span>0</span><span>{end}</span></div>'
        cards += f'<section class="card"><h3>{_text(name)}</h3><p class="soft">{said}</p>{plot}{scale}</section>'
    return f'<h2 id="times">Seconds to the whole answer</h2><div class="grid-of-cards">{cards}</div>'


def _failures(outcomes: Sequence[Outcome]) -> str:
    wrong = {kind: [o for o in outcomes if failures(o)[:1] == [kind]] for kind in KINDS}
    sections = ""
    for kind, found in wrong.items():
        if found:
            summary = f'{kind[0].upper()}{kind[1:]}: {len(found)} <span class="soft">{KINDS[kind]}</span>'
            cards = "".join(map(_failure_card, found))
            sections += f'<details class="kind" open><summary>{summary}</summary>{cards}</details>'
    return f'<h2 id="failures">Failures to read</h2>{sections or "<p>None.</p>"}'


def _failure_card(outcome: Outcome) -> str:
    question = outcome.question
    tags = "".join(f'<span class="tag bad">{kind}</span>' for kind in failures(outcome))
    rows = [("Before", "".join(map(_turn, outcome.before)))]
    rows.append(("Accepted", _accepted(outcome)))
    rows.append(("Answer", f'<div class="answer" dir="auto">{_text(outcome.text)}</div>'))
    rows.append(("Quotes", "".join(_quote(citation, outcome) for citation in outcome.citations)))
    listed = "".join(f"<dt>{name}</dt><dd>{content}</dd>" for name, content in rows if content)
    return (
        f'<article class="card failure"><div class="tags"><span class="soft"><bdi>{_text(question.set)}</bdi> · '
        f'<bdi>{_text(question.id)}</bdi></span>{tags}</div><h3 dir="auto">{_text(question.question)}</h3>'
        f"<dl>{listed}</dl><details><summary>Closest passages</summary>{_passages(outcome)}</details></article>"
    )


def _turn(turn: Turn) -> str:
    said = f'<div class="answer soft" dir="auto">{_text(turn.answer)}</div>'
    return f'<div dir="auto">{_text(turn.question)}</div>{said}'


def _accepted(outcome: Outcome) -> str:
    question = outcome.question
    if not question.answerable:
        return "not known" if question.answerable is None else "none: the documents do not say"
    groups = question.all_of or ((question.answers,) if question.answers else ())
    lines = [" <i>or</i> ".join(f"<bdi>{_text(answer)}</bdi>" for answer in group) for group in groups]
    where = f'<div class="soft">in {_names(question.gold)}</div>' if question.gold else ""
    return "".join(f"<div>{line}</div>" for line in lines) + where


def _quote(citation: Citation, outcome: Outcome) -> str:
    page = f", page {citation.page}" if citation.page is not None else ""
    page += f", <bdi>{_text(citation.section)}</bdi>" if citation.section else ""
    question = outcome.question
    tags = _tag("holds an accepted answer", "good") if holds(citation.quote, question.accepted) else ""
    if question.answerable and question.gold and citation.source not in question.gold:
        tags += _tag("no gold document", "bad")
    return (
        f'<blockquote dir="auto">{_text(citation.quote)}<footer>[{citation.number}] {_names([citation.source])}{page} '
        f"{tags}</footer></blockquote>"
    )


def _passages(outcome: Outcome) -> str:
    shown_passages = ""
    for rank, passage in enumerate(outcome.passages, start=1):
        tag = _tag("right", "good") if rank in outcome.ranks else ""
        footer = f"{rank}. {_names([passage.chunk.source])}, {passage.score:.3f} {tag}"
        shown_passages += f'<blockquote dir="auto">{_text(passage.chunk.text)}<footer>{footer}</footer></blockquote>'
    return shown_passages or '<p class="soft">None: the index is empty.</p>'


def _tag(text: str, kind: str) -> str:
    return f'<span class="tag {kind}">{text}</span>'


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"<bdi>{_text(name)}</bdi>" for name in names)


def _text(text: str) -> str:
    """Text that is safe as content and as an attribute in double quotes."""
    return escape(_CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8")), quote=True)
