"""The page in a real browser: its scripts run, sort and filter, its pictures decode, and it fits a narrow screen."""

import json

import browsing
import pytest
from browsing import WIDTHS, browse, console
from run_folders import write_everything

from cnnbench.report.build import compile_report

pytestmark = browsing.NEEDED

HOSTILE = "<script>alert(1)</script>"
COSTS = {"train_seconds": 12.5, "latency_ms": 0.7, "device": "<b>gpu</b>"}

PROBE = """
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => errors.push(event.violatedDirective));
addEventListener("load", async () => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (selector) => all(selector).filter((one) => !one.closest("[hidden]"));
  const runs = () => shown(".board tbody tr").map((row) => row.dataset.run ?? row.cells[0].dataset.value);
  const board = document.querySelector(".board");
  const value = () => [...board.tBodies[0].rows].map((row) => Number(row.querySelector(".value").dataset.value));
  const filter = (id, text) => {
    const field = document.getElementById(id);
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return runs();
  };
  const found = { overflow: document.documentElement.scrollWidth - innerWidth, width: innerWidth };
  const header = board.querySelector("th.value");
  found.unsorted = header.ariaSort;
  for (const way of ["first", "second"]) {
    header.querySelector("button").click();
    found[way] = { said: header.ariaSort, values: value() };
  }
  board.querySelector("th.run-name button").click();
  found.names = { said: board.querySelector("th.run-name").ariaSort, runs: runs(), value: header.ariaSort };
  found.reachable = all(".board th button, .dot, .tradeoff input").every((one) => one.tabIndex === 0);
  found.text = filter("filter-text", "chest");
  found.dots = shown(".dot").length;
  found.count = document.getElementById("filter-count").textContent;
  filter("filter-text", "");
  found.real = filter("filter-kind", "real");
  filter("filter-kind", "");
  found.dataset = filter("filter-dataset", "skin_cancer").length;
  document.getElementById("controls").reset();
  found.axes = all(".tradeoff")[0].querySelectorAll("input").length;
  const last = all(".tradeoff input").at(-1);
  last.click();
  const panels = all(".tradeoff .panel").filter((panel) => getComputedStyle(panel).display !== "none");
  found.panels = panels.map((panel) => panel.className);
  found.device = document.querySelector("#costs tbody td:last-child")?.textContent;
  document.getElementById("open-all").click();
  await new Promise((done) => setTimeout(done, 100)); // pictures come with the event
  found.closed = all("details:not([open], .menu, .explore)").length; // what is loaded when it is opened stays folded
  found.unfolded = document.documentElement.scrollWidth - innerWidth;
  found.images = all("img").length;
  const complete = (image) => image.complete || new Promise((done) => image.addEventListener("load", done));
  for (const image of all("img")) image.loading = "eager";
  await Promise.all(all("img").map(complete));
  found.broken = all("img").filter((image) => !image.naturalWidth).map((image) => image.alt);
  document.getElementById("fold-all").click();
  found.folded = all("details:not([open])").length;
  found.costs = shown("#costs tbody tr").length;
  found.again = runs().length; // the reset comes a moment later
  parent.postMessage({ found: { ...found, errors } }, "*");
});
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The report on repeats of two networks, on a synthetic, a real and a regression run, with a hostile class name."""
    folder = tmp_path_factory.mktemp("report")
    runs, splits = write_everything(folder)
    record = runs / "chest_xray-chest_cnn" / "run.json"
    record.write_text(record.read_text().replace('"pneumonia"', json.dumps(HOSTILE)))
    for table in ("mistakes.csv", "confusion.csv"):
        path = record.with_name(table)
        path.write_text(path.read_text().replace("pneumonia", HOSTILE))
    compile_report(runs, splits, folder, {})
    return folder


@pytest.fixture(scope="module")
def seen(reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    runs = sorted(path.name for path in (reports / "runs").iterdir())
    costs = {run: COSTS | {"latency_ms": 0.7 + number} for number, run in enumerate(runs)}
    (folder / "costs.js").write_text(f"window.cnnbenchCosts = {json.dumps(costs)};\n")
    return browse(reports, folder, PROBE)


@pytest.fixture(scope="module", params=list(WIDTHS))
def frame(request, seen):
    return seen[0][request.param]


def test_the_console_stays_empty(seen):
    found, log = seen
    assert console(log) == []
    assert [frame["errors"] for frame in found.values()] == [[], []]
    assert {name: frame["width"] for name, frame in found.items()} == WIDTHS


def test_a_click_on_a_header_sorts_and_another_sorts_the_other_way(frame):
    assert frame["unsorted"] is None
    first, second = frame["first"], frame["second"]
    assert (first["said"], second["said"]) == ("descending", "ascending")
    assert first["values"] == sorted(first["values"], reverse=True)
    assert second["values"] == sorted(second["values"])
    assert len(set(first["values"])) > 2
    assert frame["names"]["said"] == "ascending"
    assert frame["names"]["value"] is None
    assert frame["names"]["runs"][:-1] == sorted(frame["names"]["runs"][:-1])  # the last is of the other table
    assert frame["reachable"]


def test_the_filter_shows_what_fits_and_the_reset_everything(frame):
    assert frame["text"] == ["chest_xray-chest_cnn"]
    assert frame["count"] == "1 of 18 rows"
    assert sorted(frame["real"]) == ["boston_housing-conv1d", "mnist-mnist_cnn"]
    assert frame["dataset"] == 15
    assert frame["again"] == 18
    assert frame["dots"] == 4  # one for each axis


def test_costs_beside_the_page_fill_a_table_and_give_more_axes(frame):
    assert frame["costs"] == 16
    assert frame["device"] == "<b>gpu</b>"
    assert frame["axes"] == 4
    assert frame["panels"] == ["panel of-latency_ms"]


def test_nothing_is_wider_than_the_screen(frame):
    assert frame["overflow"] <= 0
    assert frame["unfolded"] <= 0


def test_every_picture_decodes_and_a_button_opens_everything(frame):
    assert frame["images"] > 100
    assert frame["broken"] == []
    assert frame["closed"] == 0
    assert frame["folded"] > 10


def test_without_costs_all_else_is_there(reports, tmp_path):
    found, log = browse(reports, tmp_path / "bare", PROBE)
    assert [line for line in console(log) if "costs.js" not in line] == []
    for frame in found.values():
        assert frame["errors"] in ([], [""])
        assert frame["costs"] == 0
        assert frame["axes"] == 2
        assert frame["again"] == 18
