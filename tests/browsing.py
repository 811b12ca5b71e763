"""Opens a report in a real browser.

A copy of the page stands in two frames, one as wide as a screen and one as a telephone. In each a script of the test
looks at it and tells the outer page, which `--dump-dom` prints. The policy of the copy names that script by its hash,
as the page does with its own, so that nothing else of the policy changes.
"""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
NEEDED = pytest.mark.skipif(BROWSER is None, reason="there is no chromium or google-chrome on the PATH")

OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--enable-logging=stderr",
    "--v=0", "--window-size=1280,1000", "--virtual-time-budget=60000", "--dump-dom",
]  # fmt: skip
WIDTHS = {"wide": 1280, "narrow": 360}

OUTER = """<!doctype html><title>frames</title>
<iframe name="wide" src="index.html" width="1280" height="900"></iframe>
<iframe name="narrow" src="index.html" width="360" height="900"></iframe>
<script>
addEventListener("message", (event) => {
  const frame = [...document.querySelectorAll("iframe")].find((one) => one.contentWindow === event.source);
  frame.dataset.found = JSON.stringify(event.data.found);
});
</script>
"""


def browse(reports, folder, probe):
    """What the script `probe` posts as `found` from each frame of a copy of the page, and what the browser logged.

    What the page links stands in the folder of the copy, or is linked into it here.
    """
    page = (reports / "index.html").read_text()
    digest = base64.b64encode(hashlib.sha256(probe.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    page = page.replace("<title>", f"<script>{probe}</script><title>", 1)
    folder.mkdir(exist_ok=True)
    for name in ("runs", "plots", "explore"):
        if not (folder / name).exists() and (reports / name).exists():
            (folder / name).symlink_to(reports / name)
    (folder / "index.html").write_text(page)
    (folder / "outer.html").write_text(OUTER)
    command = [BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", (folder / "outer.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = dict(re.findall(r'<iframe name="(\w+)"[^>]* data-found="([^"]*)"', done.stdout))
    assert set(found) == set(WIDTHS), done.stderr[-2000:]
    return {name: json.loads(html.unescape(text)) for name, text in found.items()}, done.stderr


def console(log):
    """What the page wrote to the browser's console, without what the browser's own pages (chrome://) did."""
    return [
        line
        for line in log.splitlines()
        if "CONSOLE" in line and "chrome://" not in line and "Slow network" not in line
    ]
