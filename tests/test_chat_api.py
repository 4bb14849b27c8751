"""The page's server for scripts, asked by `gradio_client`; and twenty at once."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROME, STARGATE, Model, Visit, expect, playwright, serve, settle, start
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file

from rag.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "ferry.txt").write_text(
        "The ferry\n\nThe ferry to Islay sails from Port Ellen at noon.", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def app(docs: Path, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        settings = Settings(index_path=str(tmp_path_factory.mktemp("index")), documents=(docs,))
        served = serve(settings, model=model)
        yield served.local_url
        served.close()
        settle()


@pytest.fixture(scope="module")
def client(app: str) -> Client:
    return Client(app, verbose=False, analytics_enabled=False)


def test_ask_gives_the_contract(client: Client, model: Model) -> None:
    model.script[:] = [["The ferry to Islay sails at noon [1]."], ["1: yes"]]
    found = client.predict(question="When does the ferry sail?", api_name="/ask")
    assert set(found) == {"question", "read_as", "answer", "verdict", "model", "citations", "passages", "seconds"}
    assert (found["answer"], found["verdict"]) == ("The ferry to Islay sails at noon [1].", "answered")
    (citation,) = found["citations"]
    assert citation["source"] == "ferry.txt"
    assert citation["quote"] == "The ferry to Islay sails from Port Ellen at noon."
    assert set(found["seconds"]) == {"retrieve", "first_token", "total"}


def test_inputs_and_outputs_are_typed_and_documented(client: Client) -> None:
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == {"/ask", "/sync"}
    ask, sync = endpoints["/ask"], endpoints["/sync"]
    assert [(p["parameter_name"], p["type"]) for p in ask["parameters"]] == [("question", {"type": "string"})]
    answer = ask["returns"][0]["type"]["properties"]
    assert answer["citations"]["items"]["properties"]["start"] == {"type": "integer"}
    assert answer["verdict"] == {"enum": ["answered", "not_in_documents"]}
    assert [p["parameter_name"] for p in sync["parameters"]] == ["paths", "files"]
    assert sync["returns"][0]["type"]["properties"]["skipped"]["items"]["required"] == ["source", "reason"]
    assert "footnote ask --json" in ask["description"]
    assert "handle_file" in sync["description"]


def test_sync_reads_folders_of_the_server_and_uploads(client: Client, docs: Path, tmp_path: Path) -> None:
    report = client.predict(api_name="/sync")
    assert report == {
        "added": [],
        "replaced": [],
        "moved": [],
        "removed": [],
        "unchanged": ["ferry.txt"],
        "skipped": [],
    }
    (docs / "new.txt").write_text("The new pier opens in May.", encoding="utf-8")
    assert client.predict(paths=[str(docs)], api_name="/sync")["added"] == ["new.txt"]
    (tmp_path / "note.txt").write_text("The old pier is closed.", encoding="utf-8")
    (tmp_path / "noise.bin").write_bytes(b"\x00\x01")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("The lighthouse is open.", encoding="utf-8")
    files = [handle_file(tmp_path / name) for name in ("note.txt", "noise.bin", "other/note.txt")]
    report = client.predict(paths=[str(docs / "new.txt")], files=files, api_name="/sync")
    left = [path.read_text("utf-8") for path in Path(get_upload_folder()).rglob("note.txt")]
    assert "The old pier is closed." not in left  # what is removed from the index is nowhere else
    assert (report["added"], report["unchanged"]) == (["note.txt", "note (2).txt"], ["new.txt"])
    assert [skipped["source"] for skipped in report["skipped"]] == ["noise.bin"]


def test_an_upload_that_cannot_be_read_leaves_the_earlier_one_of_its_name(
    client: Client, model: Model, tmp_path: Path
) -> None:
    note = tmp_path / "timetable.txt"

    def upload(content: bytes) -> Any:
        note.write_bytes(content)
        return client.predict(files=[handle_file(note)], api_name="/sync")

    assert upload(b"The night bus leaves at two.")["added"] == ["timetable.txt"]
    report = upload(bytes(range(256)) * 4)
    reason = "binary, or text in an unknown encoding"
    assert report["skipped"] == [{"source": "timetable.txt", "reason": f"{reason}; the earlier one of this name stays"}]
    assert report["removed"] == report["replaced"] == []
    assert list(Path(get_upload_folder()).rglob("timetable.txt")) == []
    model.script[:] = [["The night bus leaves at two [1]."], ["1: yes"]]
    found = client.predict(question="When does the night bus leave?", api_name="/ask")
    assert found["citations"][0]["quote"] == "The night bus leaves at two."
    assert upload(b"The night bus leaves at three.")["replaced"] == ["timetable.txt"]


@pytest.mark.parametrize(
    ("given", "message"),
    [({"paths": ["/etc"]}, "not below a folder"), ({"files": [{"path": "/etc/passwd"}]}, "no upload")],
)
def test_sync_reads_nothing_else(client: Client, given: Any, message: str) -> None:
    with pytest.raises(Exception, match=message):
        client.predict(**given, api_name="/sync")


def test_a_file_of_the_server_is_no_upload_whatever_it_is_called(client: Client, app: str) -> None:
    forged = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}  # the client itself would upload its own
    body = json.dumps({"data": [[], [forged]]}).encode()
    request = urllib.request.Request(f"{app}gradio_api/call/sync", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{app}gradio_api/call/sync/{event}", timeout=30) as response:
        assert b"event: error" in response.read()
    assert "passwd" not in str(client.predict(api_name="/sync"))


def test_errors_say_what_to_do(client: Client) -> None:
    with pytest.raises(Exception, match="the question is empty"):
        client.predict(question=" ", api_name="/ask")


@pytest.mark.skipif(CHROME is None, reason="there is no Chromium")
def test_twenty_at_once_are_served_in_turn_and_see_their_place(app: str, client: Client, model: Model) -> None:
    gates = [threading.Event() for _ in range(20)]
    model.script[:] = [[gate, "NONE"] for gate in gates]
    jobs = [client.submit(question=STARGATE, api_name="/ask") for _ in range(18)]
    with playwright.sync_playwright() as driver:
        browser = start(driver)
        expect.set_options(timeout=30_000)
        visits = [Visit(browser, app), Visit(browser, app)]
        waiting = [visit.last.locator(".thinking") for visit in visits]
        for visit, place, before in zip(visits, waiting, (14, 15), strict=True):
            visit.type("When does the ferry sail?")
            expect(place).to_have_text(f"Waiting: {before} before you.")
        visits[1].picture("queue")
        for n, gate in enumerate(gates[:14], 1):
            gate.set()  # of those who are served, the one who came first
            expect(waiting[0]).to_have_text(f"Waiting: {14 - n} before you." if n < 14 else "You are next.")
            expect(waiting[1]).to_have_text(f"Waiting: {15 - n} before you.")
            assert sum(job.done() for job in jobs) <= n
        gates[14].set()
        expect(waiting[0]).to_contain_text("Reading")
        expect(waiting[1]).to_have_text("You are next.")
        for gate in gates[15:19]:  # all who came before the second page
            gate.set()
        visits[0].finished(1)
        expect(waiting[1]).to_contain_text("Reading")
        gates[19].set()
        visits[1].finished(1)
        for visit in visits:
            visit.leave()
    assert all(job.result(timeout=60)["verdict"] == "not_in_documents" for job in jobs)
