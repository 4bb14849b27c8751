"""The drawer of conversations: find one, open it, rename, export, delete."""

from collections.abc import Sequence

from babel.dates import format_datetime

from ui.conversations import Summary
from ui.markup import button_html, safe
from ui.texts import Texts


def finder_html(texts: Texts) -> str:
    """What stands above the list: its name, a way to search, and the file of rated answers."""
    find = safe(texts("find_conversation"))
    return (
        f'<div class="drawer-head"><h2 tabindex="-1">{safe(texts("conversations"))}</h2>'
        f"{button_html('×', kind='icon shut-drawer', label=texts('close'))}</div>"
        f'<input type="search" data-event="find" placeholder="{find}" aria-label="{find}">'
        f'<div class="tools">{button_html("+ " + texts("new"), event="begin", kind="strong")}'
        f"{button_html(texts('feedback'), event='feedback')}</div>"
    )


def conversations_html(summaries: Sequence[Summary], current: str, texts: Texts, *, searched: bool = False) -> str:
    """The list, the one that is open marked."""
    if not summaries:
        return f'<p class="hint">{safe(texts("not_found" if searched else "no_conversations"))}</p>'
    items = "".join(_item(summary, summary.id == current, texts) for summary in summaries)
    return f'<ul class="conversations">{items}</ul>'


def _item(summary: Summary, is_open: bool, texts: Texts) -> str:
    name, title = safe(summary.id), safe(summary.title)
    day = format_datetime(summary.updated.astimezone(), "short", locale=texts.language)
    current = ' aria-current="true"' if is_open else ""
    exports = "".join(
        button_html(f"↓ {form}", event="export", label=texts("export", format=form), id=summary.id, format=suffix)
        for form, suffix in (("Markdown", "md"), ("JSON", "json"))
    )
    return (
        f'<li><button type="button" class="conversation" data-event="show" data-id="{name}"{current}>'
        f'<span class="title" dir="auto">{title}</span>'
        f'<span class="facts">{safe(texts.count("questions", summary.questions))} · {safe(day)}</span></button>'
        f'<details data-id="{name}"><summary aria-label="{safe(texts("more", title=summary.title))}">⋯</summary>'
        f'<form data-event="rename" data-id="{name}"><input type="text" name="title" dir="auto" required '
        f'maxlength="80" value="{title}" aria-label="{safe(texts("title"))}">'
        f'<button type="submit">{safe(texts("rename"))}</button></form>'
        f'<div class="tools">{exports}{button_html(texts("delete"), kind="sure")}</div>'
        f'<div class="confirm" hidden><span>{safe(texts("delete_sure"))}</span> '
        f"{button_html(texts('delete'), event='delete', kind='danger', id=summary.id)}"
        f"{button_html(texts('keep'), kind='cancel')}</div></details></li>"
    )
