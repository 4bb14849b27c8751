"""Pictures of the chat page over the samples: `python tests/take_screenshots.py FOLDER [LLM]`.

Writes light.png (for the README), dark.png, start.png and phone.png. LLM is `quotes` by default.
"""

import sys
import tempfile
from pathlib import Path

import test_browser
from playwright.sync_api import sync_playwright
from test_browser import Visit, serve, start

from rag.settings import Settings

QUESTION = "Which countries did Altman visit?"


def main(folder: Path, llm: str) -> None:
    test_browser.PATIENCE = 300_000  # a language model on a processor takes its time
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as index_path, sync_playwright() as driver:
        served = serve(Settings(index_path=index_path, llm=llm))
        browser = start(driver)
        for scheme in ("light", "dark"):
            visit = Visit(browser, served.local_url, color_scheme=scheme, device_scale_factor=2)
            if scheme == "light":
                visit.page.screenshot(path=folder / "start.png")
            visit.ask(QUESTION)
            visit.last.locator(".fn").first.click()
            visit.page.mouse.move(0, 0)
            visit.page.screenshot(path=folder / f"{scheme}.png", animations="disabled")
        visit = Visit(browser, served.local_url, viewport={"width": 390, "height": 844}, device_scale_factor=2)
        visit.ask(QUESTION)
        visit.page.screenshot(path=folder / "phone.png", full_page=True, animations="disabled")
        browser.close()
        served.close()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "quotes")
