"""What a reader does with the page, in a browser: folds, links, the view in the address, columns, tables, print."""

import csv
import io
import json
import re
import subprocess

import browsing
import pytest
from browsing import BROWSER, OPTIONS, browse
from run_folders import write_everything

from cnnbench.report import page_parts
from cnnbench.report.build import compile_report

pytestmark = browsing.NEEDED

# Acts, reloads the address, and looks again; what was found first is kept in the frame's name, which outlives the page
PROBE = """
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const pause = () => new Promise((done) => setTimeout(done, 80));
const type = (id, text) => {
  one(`#${id}`).value = text;
  one(`#${id}`).dispatchEvent(new Event("input", { bubbles: true }));
};
const box = (name) => all("#choice label").find((label) => label.textContent.trim() === name).querySelector("input");
const look = () => ({
  rows: all(".board tbody tr").filter((row) => !row.closest("[hidden]")).map((row) => row.cells[0].dataset.value),
  sorted: all(".board th").filter((header) => header.ariaSort).map((header) => header.dataset.column),
  columns: [...one(".board").tHead.rows[0].cells].filter((cell) => !cell.hidden).map((cell) => cell.dataset.column),
  open: all("details[id][open]").map((part) => part.id),
  sections: all(".dataset").filter((section) => !section.hidden).map((section) => section.id),
});
const exported = (table, kind) => {
  const line = (table.closest(".scroll") ?? table).nextElementSibling;
  const link = [...line.querySelectorAll("a[download]")].find((each) => each.textContent === kind);
  link.addEventListener("click", (event) => event.preventDefault(), { once: true });
  link.click();
  return { name: link.download, text: decodeURIComponent(link.href.slice(link.href.indexOf(",") + 1)) };
};
const act = async () => {
  const found = { tall: document.body.scrollHeight, folded: look().open };
  found.tables = all("table").length;
  found.exports = all("a[download]").length;
  scrollTo(0, 2000);
  await pause();
  found.moved = scrollY;
  found.bar = one(".bar").getBoundingClientRect().top;
  one('.bar > a[href="#top"]').click();
  await pause();
  found.top = scrollY;
  one("#contents summary").click();
  one('#contents a[href="#run-mnist-mnist_cnn"]').click();
  await pause();
  one('.board a[href="#run-skin_cancer-skin_cnn-s1-f0"]').click();
  await pause();
  found.revealed = look().open;
  found.menu = one("#contents").open;
  found.below = one("#run-skin_cancer-skin_cnn-s1-f0").getBoundingClientRect().top;
  const picture = all("#run-mnist-mnist_cnn .picture img").find((image) => image.src.endsWith("learning_curves.svg"));
  found.picture = [picture.getBoundingClientRect().width, picture.parentElement.clientWidth];
  found.unloaded = all("#run-boston_housing-conv1d img").filter((image) => image.hasAttribute("src")).length;
  const mistakes = one("#mistakes-mnist-mnist_cnn table");
  mistakes.rows[1].cells[0].textContent = "=1+1";
  mistakes.rows[2].cells[1].rowSpan = 2;
  mistakes.rows[3].deleteCell(1);
  found.mistakes = [exported(mistakes, "JSON").text, exported(mistakes, "CSV").text];
  location.hash = "";
  one("#fold-all").click();
  type("filter-dataset", "skin_cancer");
  type("filter-text", "plain");
  one(".board th[data-column=headline] button").click();
  box("Rank, ties").click();
  box("Seed").click();
  found.csv = exported(one(".board"), "CSV");
  found.json = exported(one(".board"), "JSON");
  one("#repeats-skin_cancer-plain_cnn").open = true;
  await pause();
  found.address = location.search;
  found.view = look();
  window.name = JSON.stringify(found);
  location.reload();
};
addEventListener("load", async () => {
  if (!window.name.startsWith("{")) return act();
  const found = JSON.parse(window.name);
  await pause();
  found.again = look();
  one("#controls").reset();
  one("#fold-all").click();
  await pause();
  found.reset = location.search;
  found.provenance = one("#provenance").innerText;
  parent.postMessage({ found: { ...found, errors } }, "*");
});
"""
MADE = {"commit": "0123456789ab", "versions": "keras 3, python 3.11", "processor": "<i>fast"}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    runs, splits = write_everything(folder)
    wide = runs / "mnist-mnist_cnn" / "learning_curves.svg"
    wide.write_text(wide.read_text().replace('width="40"', 'width="600pt"').replace('height="30"', 'height="300pt"'))
    compile_report(runs, splits, folder, {})
    return folder


@pytest.fixture(scope="module")
def seen(reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    costs = {
        run.name: MADE | ({"commit": "ffff"} if "mnist" in run.name else {}) for run in (reports / "runs").iterdir()
    }
    (folder / "costs.js").write_text(f"window.cnnbenchCosts = {json.dumps(costs)};\n")
    return browse(reports, folder, PROBE)[0]


@pytest.fixture(params=["wide", "narrow"])
def frame(request, seen):
    assert seen[request.param]["errors"] == []
    return seen[request.param]


def test_everything_is_folded_at_first_and_a_link_opens_what_it_leads_into(frame):
    assert frame["folded"] == []
    assert {*frame["revealed"]} == {
        "run-mnist-mnist_cnn", "repeats-skin_cancer-skin_cnn", "run-skin_cancer-skin_cnn-s1-f0",
    }  # fmt: skip
    assert not frame["menu"]
    assert 0 < frame["below"] < 200, "not behind the bar"


def test_pictures_come_with_the_part_that_holds_them_and_keep_their_size(frame):
    width, room = frame["picture"]
    assert width == 917, "as drawn, so that text in it is as large on a phone"
    assert room < 1200
    assert frame["unloaded"] == 0


def test_the_contents_stay_in_sight_and_lead_back_to_the_top(frame):
    assert frame["moved"] > 500
    assert frame["bar"] == 0
    assert frame["top"] == 0


def test_the_address_says_the_same_view(frame):
    address = frame["address"]
    assert "dataset=skin_cancer" in address
    assert "filter=plain" in address
    assert "sort=board-accuracy.headline.descending" in address
    assert "open=repeats-skin_cancer-plain_cnn" in address
    assert frame["again"] == frame["view"]
    assert frame["view"]["sorted"] == ["headline"]
    assert frame["view"]["sections"] == ["data-skin_cancer"]
    assert len(frame["view"]["rows"]) == 7
    assert frame["reset"] == "?sort=board-accuracy.headline.descending"


def test_columns_are_a_readers_choice(frame):
    chosen = frame["view"]["columns"]
    assert chosen[0] == "run"
    assert "seed" in chosen
    assert "standing" not in chosen


def test_a_table_is_written_as_it_is_shown(frame):
    assert frame["exports"] == 2 * frame["tables"]
    assert frame["csv"]["name"] == "board-accuracy.csv"
    header, *rows = csv.reader(io.StringIO(frame["csv"]["text"]))
    assert len(rows) == len(frame["view"]["rows"])
    assert "Seed" in header
    assert "Rank, ties" not in header
    assert [row[0].split(" ")[0] for row in rows] == [name.split(" ")[0] for name in frame["view"]["rows"]]
    records = json.loads(frame["json"]["text"])
    assert [list(record) for record in records] == [header] * len(rows)
    assert {type(record["Test examples"]) for record in records} == {int}


def test_no_column_is_lost_and_no_spreadsheet_calculates_a_name(frame):
    records, table = json.loads(frame["mistakes"][0]), frame["mistakes"][1]
    assert [*records[0].values()][2:] == [0.01, "1", 0.99]
    assert [*records[0]] == ["Example", "Actual", "Its score", "Predicted", "Its score 2"]
    assert table.splitlines()[1].startswith("'=1+1,")
    assert records[1]["Actual"] == records[2]["Actual"] == "0", "a cell of two rows"
    assert records[2]["Predicted"] == records[3]["Predicted"] == "1"


def test_the_page_says_how_the_runs_were_made(frame):
    said = " ".join(frame["provenance"].split())
    assert re.search("Settings [0-9a-f]{12} Figures [0-9a-f]{12} Backend tensorflow", said)
    assert "Commit 0123456789ab" in said
    assert "ffff (1 run)" in said
    assert said.endswith("Versions keras 3, python 3.11 Processor <i>fast")


def test_on_paper_it_is_one_to_three_pages_and_what_is_open_comes_with_it(reports, tmp_path):
    assert 1 <= count_pages(reports, tmp_path, "") <= 3
    assert count_pages(reports, tmp_path, "?open=all") > 10


@pytest.mark.parametrize("query", ["?open=none&sort=a.b.c&columns=x&dataset=y&filter=%", "?columns=&open=,#%"])
def test_an_address_that_says_nothing_of_use_shows_the_page_as_it_comes(reports, tmp_path, query):
    options = [*OPTIONS, f"--user-data-dir={tmp_path / 'profile'}"]
    address = f"{(reports / 'index.html').as_uri()}{query}"
    done = subprocess.run([BROWSER, *options, address], capture_output=True, text=True, timeout=120, check=True)
    assert "Uncaught" not in done.stderr
    assert "chosen" not in done.stdout.partition("<body")[2].partition("<script")[0]
    assert re.search('id="filter-count"[^>]*>(18|0) of 18 rows', done.stdout)


def test_of_many_runs_the_leaderboards_alone_are_printed(reports, tmp_path):
    for name in ("explore", "plots", "costs.js"):
        (tmp_path / name).symlink_to(reports / name)
    page = (reports / "index.html").read_text()
    assert "on-paper" not in page.partition("<body")[2]
    whole = count_pages(reports, tmp_path, "")
    (tmp_path / "index.html").write_text(page.replace('<body id="top">', '<body id="top" class="many">'))
    assert count_pages(tmp_path, tmp_path, "") == 1 < whole


def test_the_page_of_many_runs_says_that_they_alone_are_printed(reports, tmp_path, monkeypatch):
    monkeypatch.setattr(page_parts, "PRINTED_WHOLE", 17)
    compile_report(reports / "runs", reports / "splits", tmp_path, {})
    body = (tmp_path / "index.html").read_text().partition("<body")[2]
    assert body.startswith(' id="top" class="many">')
    assert "On paper stand the leaderboards alone" in body


def count_pages(reports, folder, query):
    paper = folder / "paper.pdf"
    options = [option for option in OPTIONS if option != "--dump-dom"]
    address = f"{(reports / 'index.html').as_uri()}{query}"
    command = [BROWSER, *options, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={paper}", address]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    return len(re.findall(rb"/Type */Page\b", paper.read_bytes()))
