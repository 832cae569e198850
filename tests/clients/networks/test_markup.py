"""Text and HTML, one from the other."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.networks import markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hallo", "Hallo"),
        ("<p>Eins</p><p>Zwei<br>Drei</p>", "Eins\n\nZwei\nDrei"),
        ("a &lt;b&gt; &amp; c&nbsp;d &#128512;", "a <b> & c d 😀"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("x<script>alert('<p>')</script>y<style>p {}</style>", "xy"),
        ('<a href="https://x.example/">hier</a>', "hier (https://x.example/)"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:alert(1)">hier</a>', "hier"),
        ('<img src="x" alt="Ein Brot" onerror="alert(1)">', "Ein Brot"),
        ("<head><title>t</title><body>da", "da"),
        ("<!-- versteckt -->da", "da"),
        ("Zeile\n  eins", "Zeile eins"),
        ("<b>offen", "offen"),
        ("<b offen", "<b offen"),
        ("a < b und <3 und <Dinkelbrot> und &lt;b&gt;", "a < b und <3 und <Dinkelbrot> und <b>"),
        ("<o:p>Wort</o:p><?xml x?><!DOCTYPE html><x-y>z", "Wortz"),
        ("<!-- <b> -->da<script><p>x</p></script><!---->!", "da!"),
        ("&#" + "1" * 5_000 + ";", "&#" + "1" * 5_000 + ";"),
        ("", ""),
    ],
)
def test_html_reads_as_text(html, text):
    assert markup.plain(html) == text


def test_lines_of_the_source_count_where_asked_for():
    assert markup.plain("eins\n\nzwei <b>drei</b>", lines=True) == "eins\n\nzwei drei"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n\n\nb", ["a", "b"]),
        ("a\r\nb", ["a<br>\nb"]),
        ("<b> & \"'", ["&lt;b&gt; &amp; &quot;&#x27;"]),
        ("[gallery]", ["&#091;gallery&#093;"]),
        ("Siehe https://x.example/a?b=1&c=2.", ['Siehe <a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.']),
        ('https://x.example/"onclick=', ['<a href="https://x.example/">https://x.example/</a>&quot;onclick=']),
        ("javascript:alert(1)", ["javascript:alert(1)"]),
        ("", []),
    ],
)
def test_text_becomes_paragraphs(text, html):
    assert markup.paragraphs(text) == html


@given(st.text(max_size=300))
def test_any_text_comes_back_from_its_html(text):
    seen = " ".join(" ".join(f"<p>{part}</p>" for part in markup.paragraphs(text)).split())

    assert "".join(markup.plain(seen).split()) == "".join(text.replace("\r", "").replace("\0", "").split()) or "\0" in text


@pytest.mark.parametrize("html", ["<" * 200_000, "<a " * 100_000, "<p>" * 100_000, "<!--" * 100_000, "&" * 500_000, "<a href='" * 50_000])
def test_hostile_html_ends(html):
    started = time.process_time()

    markup.plain(html)

    assert time.process_time() - started < 5
