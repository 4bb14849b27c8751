"""Mail: headers, the body that is meant to be read, attachments, boxes."""

from folder import FACT, message, pdf

from index.loaders.mail import attachments, load_message, messages


def test_a_message_is_its_headers_and_its_body() -> None:
    parsed = load_message(bytes(message()))
    assert parsed.title == "Le bateau a été peint"
    assert parsed.text == (
        "From: Anna <anna@example.org>\nTo: oskar@example.org\nDate: Tue, 01 May 1984 12:00:00 +0000\n"
        f"Subject: Le bateau a été peint\n\n{FACT}"
    )


def test_the_plain_body_is_preferred_and_html_is_read_where_it_is_alone() -> None:
    assert "Other" not in load_message(bytes(message(FACT, "<p>Other words.</p>"))).text
    assert load_message(bytes(message("", f"<p>Dear Oskar,</p><p>{FACT}</p>"))).text.endswith(f"Dear Oskar,\n\n{FACT}")


def test_a_body_in_an_encoding_that_nobody_knows_is_read() -> None:
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=no-such-thing\r\n\r\nd\xc3\xa9j\xc3\xa0"
    assert load_message(raw).text == "Subject: x\n\ndéjà"


def test_a_message_of_rubbish_is_no_error() -> None:
    assert load_message(b"no headers at all").text
    broken = (
        b'From: <\r\nTo: "\r\nDate: never\r\nSubject: =?utf-8?b?!!!?=\r\nContent-Type: multipart/mixed\r\n\r\nWords.'
    )
    assert "Words." in load_message(broken).text


def test_attachments_have_names_of_their_own() -> None:
    page = pdf(FACT)  # which says when it was made
    mail = message("See below.", "", ("a.pdf", page), ("a.pdf", b"%PDF-"), ("../b/c.txt", b"C."))
    mail.add_attachment(message("Forwarded."))
    mail.add_attachment(b"\x89PNG", "image", "png", disposition="inline")
    found = dict(attachments(bytes(mail)))
    assert list(found) == ["a.pdf", "2-a.pdf", ".._b_c.txt", "message-4.eml"]
    assert found["a.pdf"] == page
    assert load_message(found["message-4.eml"]).text.endswith("Forwarded.")


def lines(*messages: bytes) -> list[bytes]:
    return b"".join(b"From anna Tue May  1 12:00:00 1984\n" + each + b"\n" for each in messages).splitlines(
        keepends=True
    )


def test_a_box_is_cut_where_a_message_begins() -> None:
    body = b"Subject: one\n\nFrom here, not a new message.\n\n>From here neither.\n"
    assert list(messages(lines(body, b"Subject: two\n\nTwo.\n"), 1000)) == [
        body.replace(b">From", b"From") + b"\n",
        b"Subject: two\n\nTwo.\n\n",
    ]


def test_of_a_very_long_message_the_beginning_is_read() -> None:
    [first, second] = messages(lines(b"Subject: one\n\n" + b"x\n" * 1000, b"Subject: two\n"), 100)
    assert len(first) < 200
    assert second.startswith(b"Subject: two")
