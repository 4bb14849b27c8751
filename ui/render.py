"""Answer -> HTML for the page, text for the terminal, Markdown to copy, a dictionary for JSON.

Everything that comes from a document, a file name, a question or a model passes through `safe`, and no HTML is made
from it: answers are shown in a small subset of Markdown (paragraphs, lists, quotes, bold, code) that has no links, no
images and no raw HTML.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict
from itertools import count
from typing import Any

from index.documents import Chunk
from rag.citations import Answer, Citation
from ui.markup import doubt, place_html, place_in, plain, safe, shorten
from ui.texts import ENGLISH, Texts

_MARKER = re.compile(r"\[([1-9][0-9]{0,5})\]")
_INLINE = re.compile(r"\*\*(?=\S)(?P<bold>(?:[^*]|\*(?!\*))+)(?<=\S)\*\*|`(?P<code>[^`\n]+)`")
_BULLET = re.compile(r"\s{0,3}[-*+•]\s+(.*)")
_NUMBERED = re.compile(r"\s{0,3}([0-9]{1,4})[.)]\s+(.*)")
_QUOTED = re.compile(r"\s{0,3}>\s?(.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)[\s#]*$")
_UNSAFE = r"[\\`\[\]<>&$~|]"  # in Markdown: links, images, HTML, code, formulas, tables
_MARKER_OR_UNSAFE = re.compile(rf" ?\[(?P<number>[1-9][0-9]{{0,5}})\]|{_UNSAFE}")
_TIED = 20  # characters of a word
_TIP = 320  # a tooltip is a glance; the panel has the whole quote


def answer_html(answer: Answer, turn: int = 1, texts: Texts = ENGLISH, *, stopped: bool = False) -> str:
    """The text of an answer; each marker `[n]` that has a citation becomes the button of a footnote.

    A marker without a citation stays text. `turn` tells the answers of a conversation apart: footnotes of
    turn 2 open the sources of turn 2. If `stopped`, what is not checked will not be. Words that the model has only
    begun to write follow as they are.
    """
    blocks = "".join(_blocks(answer, turn, texts, stopped))
    begun = ""
    if answer.unfinished:  # in the line of what it goes on with
        tag = "p" if "\n" in answer.unfinished or not answer.text else "span"
        hint = f'title="{safe(texts("checking"))}" dir="auto"'
        begun = f'<{tag} class="unfinished checking" {hint}>{safe(answer.unfinished.strip(chr(10)))}</{tag}>'
    return f'<div class="answer" data-turn="{turn}" data-verdict="{answer.verdict}">{blocks}{begun}</div>'


def to_text(answer: Answer, texts: Texts = ENGLISH) -> str:
    """The answer with its footnotes as text, to print in a terminal.

    Quotes are paragraphs of one line each and otherwise verbatim; control characters are taken out.
    """
    lines = [plain(answer.text, keep_lines=True)]
    for citation in answer.citations:
        kind = doubt(citation, stopped=True)
        doubts = f" ({texts(kind)})" if kind else ""
        lines += ["", f"[{citation.number}] {_reference(citation, texts)}{doubts}: “{plain(citation.quote)}”"]
    if answer.verdict == "not_in_documents" and answer.passages:
        lines += ["", f"{texts('closest')}:"]
        for chunk in (passage.chunk for passage in answer.passages[:3]):
            lines.append(f"- {_reference(chunk, texts)}: {shorten(plain(chunk.text), 160)}")
    return "\n".join(lines)


def to_markdown(answer: Answer, texts: Texts = ENGLISH, turn: int = 1) -> str:
    """The answer as Markdown with footnotes, to go into a document: whatever it says, it loads and runs nothing there.

    The footnotes of the first `turn` are `[^1]`, those of the second `[^2-1]`: a document has each label once.
    """
    labels = {c.number: f"[^{c.number}]" if turn == 1 else f"[^{turn}-{c.number}]" for c in answer.citations}

    def marked(match: re.Match[str]) -> str:
        return labels.get(int(match["number"] or 0)) or _escaped(match[0])

    lines = [_MARKER_OR_UNSAFE.sub(marked, plain(answer.text, keep_lines=True))]
    for citation in answer.citations:
        kind = doubt(citation, stopped=True)
        doubts = f" ({texts(kind)})" if kind else ""
        lines += ["", f"{labels[citation.number]}: {_quoted_from(citation, citation.quote, texts)}{doubts}"]
    if answer.verdict == "not_in_documents" and answer.passages:
        lines += ["", f"{texts('closest')}:", ""]
        for chunk in (passage.chunk for passage in answer.passages[:3]):
            lines.append(f"- {_quoted_from(chunk, shorten(plain(chunk.text), 160), texts)}")
    return "\n".join(lines)


def in_markdown(text: str) -> str:
    """Text in one line that Markdown shows as it is: no link, no image, no HTML, no emphasis."""
    return re.sub("[*_]", r"\\\g<0>", _escaped(plain(text)))


def _escaped(text: str) -> str:
    return re.sub(_UNSAFE, r"\\\g<0>", text)


def _quoted_from(to: Citation | Chunk, quote: str, texts: Texts) -> str:
    return f"“{in_markdown(quote)}” — {', '.join(map(in_markdown, [to.title, *place_in(to, texts)]))}"


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as `footnote ask --json` prints it. The keys are a contract."""
    citations = [asdict(citation) for citation in answer.citations]
    return {
        "question": answer.question,
        "read_as": answer.read_as,
        "answer": answer.text,
        "verdict": answer.verdict,
        "model": answer.model,
        "citations": [{key: citation[key] for key in citation if key != "checked"} for citation in citations],
        "passages": [
            {key: value for key, value in asdict(one.chunk).items() if key not in ("id", "head")} | {"score": one.score}
            for one in answer.passages
        ],
        "seconds": asdict(answer.seconds),
    }


def _reference(to: Citation | Chunk, texts: Texts) -> str:
    return ", ".join(filter(None, map(plain, [to.title, *place_in(to, texts, "page_short"), to.source])))


def _blocks(answer: Answer, turn: int, texts: Texts, stopped: bool) -> Iterable[str]:
    """The answer's text as paragraphs, lists and quotes."""
    cited = {citation.number: citation for citation in answer.citations}
    uses = count(1)  # a footnote can be used twice, an id only once

    def inline(text: str) -> str:
        out, end = [], 0
        for match in _INLINE.finditer(text):
            out.append(markers(text[end : match.start()]))
            bold, code = match["bold"], match["code"]
            out.append(f"<strong>{inline(bold)}</strong>" if bold else f"<code>{markers(code)}</code>")
            end = match.end()
        return "".join([*out, markers(text[end:])])

    def markers(text: str) -> str:
        out, end = [], 0
        for match in _MARKER.finditer(text):
            citation = cited.get(int(match[1]))
            if citation:
                before, _, word = text[end : match.start()].rstrip(" ").rpartition(" ")
                mark = _footnote(citation, turn, f"tip-{turn}-{next(uses)}", texts, stopped)
                out.append(safe(before + " " if before else ""))
                # A line may break before the word, not between it and its footnote.
                out.append(f'<span class="tied">{safe(word)}{mark}</span>' if len(word) <= _TIED else safe(word) + mark)
                end = match.end()
        return "".join([*out, safe(text[end:])])

    open_tag, lines = "", list[str]()

    def close() -> Iterable[str]:
        if open_tag == "p" and lines:
            yield f'<p dir="auto">{"<br>".join(lines)}</p>'
        elif open_tag == "blockquote":
            yield f'<blockquote dir="auto">{"<br>".join(lines)}</blockquote>'
        elif open_tag == "ul":
            yield "<ul>" + "".join(lines) + "</ul>"
        elif open_tag.startswith("ol"):
            yield f"<{open_tag}>" + "".join(lines) + "</ol>"

    for line in answer.text.splitlines():
        bullet, numbered = _BULLET.fullmatch(line), _NUMBERED.fullmatch(line)
        quoted, heading = _QUOTED.fullmatch(line), _HEADING.fullmatch(line)
        if not line.strip():
            # A blank line ends a paragraph; between two items of a list it does not end the list.
            tag = open_tag if open_tag.startswith(("ul", "ol")) else ""
            item = ""
        elif bullet:
            tag, item = "ul", f'<li dir="auto">{inline(bullet[1])}</li>'
        elif numbered:
            tag = open_tag if open_tag.startswith("ol") else f'ol start="{int(numbered[1])}"'
            item = f'<li dir="auto">{inline(numbered[2])}</li>'
        elif quoted:
            tag, item = "blockquote", inline(quoted[1])
        elif heading:
            tag, item = "heading", ""
        else:
            tag, item = "p", inline(line.strip())
        if tag != open_tag:
            yield from close()
            open_tag, lines = tag, []
        if heading and tag == "heading":
            yield f'<h4 dir="auto">{inline(heading[1])}</h4>'
        elif item:
            lines.append(item)
    yield from close()


def _footnote(citation: Citation, turn: int, tip: str, texts: Texts, stopped: bool) -> str:
    number, title, quote = citation.number, safe(citation.title), safe(shorten(citation.quote, _TIP))
    kind = doubt(citation, stopped=stopped)
    name = ", ".join(filter(None, [texts("footnote", n=number), texts(kind) if kind else ""]))
    facts = [f"<bdi>{title}</bdi>", place_html(citation, texts), safe(texts(kind)) if kind else ""]
    where = " · ".join(filter(None, facts))
    return (
        f'<sup class="ref"><button type="button" class="{f"fn {kind}".strip()}" data-event="open" data-turn="{turn}" '
        f'data-n="{number}" aria-label="{safe(name)}: {title}" aria-describedby="{tip}">{number}</button>'
        f'<span class="tip" role="tooltip" id="{tip}"><span class="tip-quote" dir="auto">{quote}</span>'
        f'<span class="tip-where">{where}</span></span></sup>'
    )
