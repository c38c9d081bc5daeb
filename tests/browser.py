"""A look at a page in a real browser, headless Chromium."""

import json
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path

import pytest

ERRORS = """<script>
  window.errors = [];
  window.addEventListener("error", event => errors.push(event.message), true);
  document.addEventListener("securitypolicyviolation", event => errors.push(event.blockedURI));
</script>"""
LOOK = """<script>window.addEventListener("load", () => {
  const shown = () => [...document.querySelectorAll("[data-step]")]
    .filter(figure => figure.offsetHeight).map(figure => figure.dataset.step);
  const images = [...document.images];
  const seen = {errors, text: document.body.innerText, width: innerWidth,
    page: document.documentElement.scrollWidth, images: images.length,
    broken: images.filter(image => !image.naturalWidth).map(image => image.alt),
    curves: [...document.querySelectorAll("#curves figure")].map(figure =>
      [...figure.querySelectorAll("svg text")].map(text => text.textContent)
        .filter(text => /[a-z]/.test(text))), steps: [shown()]};
  const slider = document.getElementById("step");
  slider.value = 0;
  slider.dispatchEvent(new Event("input"));
  seen.steps.push(shown());
  document.body.textContent = JSON.stringify(seen);
});</script>"""


def look_at(file: Path, width: int = 1200) -> dict:
    """What a reader of the report sees: its text, errors, images, what the slider shows first and
    at its left end. Skips the test where there is no Chromium."""
    page = file.read_text().replace("<head>", f"<head>{ERRORS}", 1)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "page.html")
        copy.write_text(page.replace("</body>", f"{LOOK}</body>"))
        seen = dom(copy.as_uri(), width)
    return json.loads(unescape(re.search(r"<body>(.*?)</body>", seen, re.S)[1]))


def dom(address: str, width: int = 1200, seconds: int = 0) -> str:
    """A page as HTML, after so many seconds of its own clock, which waits for what it loads."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs chromium")
    quiet = ("quic", "background-networking", "component-update", "sync", "gpu")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--no-first-run",
                *(f"--disable-{what}" for what in quiet),
                *([f"--virtual-time-budget={1000 * seconds}"] if seconds else []),
                f"--user-data-dir={folder}/profile", f"--window-size={width},900",
                "--dump-dom", address,
            ],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    return done.stdout
