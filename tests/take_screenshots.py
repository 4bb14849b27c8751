"""The README's picture and some others of the page over the samples: `python tests/take_screenshots.py [LLM]`.

Writes ui/screenshot.png for the README, and to screenshots/ dark.png, start.png, phone.png. LLM is `local` by default.
"""

import sys
import tempfile
from pathlib import Path

import browsing
from browsing import PICTURES, SEEDS, Visit, expect, serve, start
from playwright.sync_api import sync_playwright

from rag.settings import Settings

QUESTION = "Which countries did Altman visit?"
README = Path(__file__).parent.parent / "ui" / "screenshot.png"


def main(llm: str) -> None:
    browsing.PATIENCE = 300_000  # a language model on a processor takes its time
    expect.set_options(timeout=browsing.PATIENCE)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as index_path, sync_playwright() as driver:
        served = serve(Settings(index_path=index_path, llm=llm), folders=[SEEDS])
        browser = start(driver)
        for scheme in ("light", "dark"):
            visit = Visit(browser, served.local_url, color_scheme=scheme, device_scale_factor=2)
            if scheme == "light":
                visit.page.screenshot(path=PICTURES / "start.png")
            visit.ask(QUESTION)
            visit.last.locator(".fn").first.click()
            expect(visit.mark).to_be_in_viewport()
            visit.page.mouse.move(0, 0)
            visit.page.screenshot(path=README if scheme == "light" else PICTURES / "dark.png", animations="disabled")
        visit = Visit(browser, served.local_url, viewport={"width": 390, "height": 844}, device_scale_factor=2)
        visit.ask(QUESTION)
        visit.page.screenshot(path=PICTURES / "phone.png", animations="disabled")
        browser.close()
        served.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(sys.argv[1] if len(sys.argv) == 2 else "local")
