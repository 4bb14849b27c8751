"""The conversation in the middle of the page: each question, its answer, and what can be done with them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.citations import Answer
from ui.conversations import Exchange
from ui.markup import LONGEST_QUESTION, button_html, notice_html, safe
from ui.render import answer_html, to_markdown
from ui.texts import ENGLISH, Texts


def conversation_html(exchanges: Sequence[Exchange], texts: Texts = ENGLISH, conversation: str = "") -> str:
    """The conversation so far; by its id the page's script tells it from others."""
    if not exchanges:
        return ""
    busy = " busy" if exchanges[-1].is_running else ""
    turns = "".join(_exchange(exchange, turn, texts) for turn, exchange in enumerate(exchanges, 1))
    name = f'data-conversation="{safe(conversation)}" role="log" aria-label="{safe(texts("conversation"))}"'
    reading = 'aria-busy="true"' if busy else 'aria-busy="false"'  # a screen reader waits for the whole answer
    return f'<div class="turns{busy}" {name} {reading}>{turns}</div>'


def welcome_html(examples: Iterable[str] = (), texts: Texts = ENGLISH) -> str:
    """What stands there before the first question, with examples to click."""
    buttons = "".join(
        f'<button type="button" class="example" data-event="example" dir="auto" data-question="{text}">{text}</button>'
        for text in map(safe, examples)
    )
    return (
        f'<div class="welcome"><h2>{safe(texts("welcome"))}</h2><p>{safe(texts("welcome_how"))}</p>'
        f'<div class="examples" role="group" aria-label="{safe(texts("examples"))}">{buttons}</div></div>'
    )


def bar_html(title: str, texts: Texts) -> str:
    """The line above a conversation: its title, which opens the list of all, and a new one."""
    text, name = safe(title or texts("conversations")), safe(texts("conversations"))
    return (
        '<div class="bar"><button type="button" class="open-conversations" data-event="list" '
        f'data-drawer="conversations" title="{name}"><span aria-hidden="true">☰</span> <bdi>{text}</bdi></button>'
        f"{button_html('+ ' + texts('new'), event='begin', kind='new')}</div>"
    )


def _exchange(exchange: Exchange, turn: int, texts: Texts) -> str:
    """One turn: the question, notes, the answer, and what can be done with it."""
    answer, state = exchange.answer, exchange.state
    if answer and not exchange.is_running:  # what was not written to its end can't be checked
        answer = replace(answer, unfinished="")
    is_begun = answer and (answer.text or answer.unfinished)
    parts = [_question(exchange, turn, texts)]
    if answer and answer.read_as:
        parts.append(notice_html(texts("read_as", question=answer.read_as), "muted"))
    parts += [notice_html(note, "error" if state == "failed" else "warning") for note in exchange.notes]
    if state == "queued":
        parts.append(_thinking(safe(_queue(exchange.place, texts))))
    elif exchange.is_running and not is_begun:
        count = len(answer.passages) if answer else 0
        parts.append(_reading(count, texts) if count else _thinking(safe(texts("searching"))))
    elif answer and is_begun:
        parts.append(_answer(answer, turn, state, texts))
    if answer and answer.removed and not exchange.is_running:
        parts.append(_removed(answer, texts))
    if state == "stopped":
        parts.append(notice_html(texts("stopped"), "muted"))
    if not exchange.is_running:
        parts.append(_footer(exchange, turn, texts))
    return f'<article class="turn" data-turn="{turn}" data-state="{state}">{"".join(parts)}</article>'


def _question(exchange: Exchange, turn: int, texts: Texts) -> str:
    """The question; its form to edit it shows when it is wanted."""
    text = safe(exchange.question)
    return (
        f'<div class="question" dir="auto">{text}</div>'
        f'<form class="edit" data-event="edit" data-turn="{turn}" hidden>'
        f'<textarea name="question" rows="3" dir="auto" required maxlength="{LONGEST_QUESTION}" '
        f'aria-label="{safe(texts("question"))}">'
        f"\n{text}</textarea>"  # HTML takes one newline away
        f'<button type="submit" class="strong">{safe(texts("ask_again"))}</button>'
        f"{button_html(texts('cancel'), kind='cancel')}</form>"
    )


def _queue(place: int, texts: Texts) -> str:
    return texts("queued_next") if place == 1 else texts("queued", n=place - 1)


def _reading(passages: int, texts: Texts) -> str:
    """What the model reads; on a phone, where the passages are on another tab, this is the way to them."""
    return _thinking(button_html(texts("reading", passages=texts.count("passages", passages)), place="evidence"))


def _thinking(html: str) -> str:
    return f'<div class="thinking" role="status">{html}<i></i><i></i><i></i></div>'


def _answer(answer: Answer, turn: int, state: str, texts: Texts) -> str:
    html = answer_html(answer, turn, texts, stopped=state == "stopped")
    if answer.verdict == "not_in_documents" and state == "done":
        return f'<div class="refusal"><h3>{safe(texts("not_in_documents"))}</h3>{html}</div>'
    hint = f'<p class="hint">{safe(texts("quotes_hint"))}</p>' if answer.model == "quotes" else ""
    return hint + html


def _removed(answer: Answer, texts: Texts) -> str:
    """What no source supports can be seen, but not taken for a part of the answer."""
    items = "".join(f'<li dir="auto"><del>{safe(statement)}</del></li>' for statement in answer.removed)
    summary = safe(texts.count("left_out", len(answer.removed)))
    return f'<details class="removed"><summary>{summary}</summary><ul>{items}</ul></details>'


def _footer(exchange: Exchange, turn: int, texts: Texts) -> str:
    answer, state = exchange.answer, exchange.state
    parts: list[str] = []
    if answer and answer.text:
        parts.append(
            f'<button type="button" class="action copy" data-done="{safe(texts("copied"))}" '
            f'data-failed="{safe(texts("copy_failed"))}">{safe(texts("copy"))}</button>'
            f'<pre class="copied" hidden>{safe(to_markdown(answer, texts))}</pre>'
        )
    parts.append(button_html(texts("retry"), event="retry", kind="action retry", turn=turn))
    parts.append(button_html(texts("edit"), kind="action change"))
    if answer and state == "done":
        for vote, label in ((1, "good"), (-1, "bad")):  # what they show is in page.css
            name, pressed = safe(texts(label)), str(exchange.vote == vote).lower()
            parts.append(
                f'<button type="button" class="action vote" data-event="vote" data-turn="{turn}" data-vote="{vote}" '
                f'aria-pressed="{pressed}" title="{name}" aria-label="{name}"></button>'
            )
        total = answer.seconds.total
        took = f"{total:.1f} s" if total >= 1 else f"{max(total, 0.001) * 1000:.0f} ms"
        parts.append(f'<span class="facts"><bdi>{safe(answer.model)}</bdi> · {took}</span>')
    comment = _comment(exchange, turn, texts) if exchange.vote else ""
    return f"<footer>{''.join(parts)}</footer>{comment}"


def _comment(exchange: Exchange, turn: int, texts: Texts) -> str:
    noted = notice_html(texts("noted"), "muted") if exchange.comment else ""
    return (
        f'<form class="comment" data-event="comment" data-turn="{turn}"><input type="text" name="comment" '
        f'dir="auto" maxlength="2000" value="{safe(exchange.comment)}" placeholder="{safe(texts("note"))}" '
        f'aria-label="{safe(texts("note"))}"><button type="submit">{safe(texts("save"))}</button>{noted}</form>'
    )
