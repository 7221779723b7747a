"""Small pages for whoever follows a link without an account: no script, in Chinese and English."""

from collections.abc import Iterable
from html import escape

from shared.errors import Text

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
"""The Content-Security-Policy of such a page."""
HEADERS = {"Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex, nofollow"}
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "button,input,select{font:inherit;padding:.4rem .8rem;margin:.2rem 0}small{color:#555}"
)


def render_page(title: Text, *parts: str) -> str:
    """Return a page of parts that are HTML already."""
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(title.zh)} · 乡桥</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title.zh)}</h1><p>{escape(title.en)}</p>{''.join(parts)}</body></html>"
    )


def say(text: Text) -> str:
    """Return a paragraph in both languages."""
    return f"<p>{escape(text.zh)}<br><small>{escape(text.en)}</small></p>"


def ask(button: Text, *fields: str, action: str = "") -> str:
    """Return a form that is posted to the page's own address, or to ``action`` below it."""
    target = f' action="{escape(action)}"' if action else ""
    shown = f"<button>{escape(button.zh)} · {escape(button.en)}</button>"
    return f'<form method="post"{target}>{"".join(fields)}{shown}</form>'


def choose(name: str, label: Text, options: Iterable[tuple[str, Text]]) -> str:
    """Return a field in which one of several is chosen."""
    shown = "".join(f'<option value="{escape(value)}">{escape(t.zh)} · {escape(t.en)}</option>' for value, t in options)
    return f'<p><label>{escape(label.zh)} · {escape(label.en)}<br><select name="{name}">{shown}</select></label></p>'


def fill_in(name: str, label: Text, *, pattern: str) -> str:
    """Return a field in which digits are written."""
    return (
        f'<p><label>{escape(label.zh)} · {escape(label.en)}<br><input name="{name}" inputmode="numeric"'
        f' autocomplete="one-time-code" required pattern="{pattern}"></label></p>'
    )
