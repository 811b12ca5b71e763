"""What a reader may try, in a real browser: the page shows the numbers that Python computes from the predictions."""

import json

import browsing
import explored_runs
import numpy as np
import pytest
from browsing import WIDTHS, browse, console
from explored_runs import AGAIN, FIRST, HOUSES, SECOND, THREE, N
from run_folders import write_audits

from cnnbench.metrics import calibration, decision, selective
from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.report.build import compile_report

pytestmark = browsing.NEEDED

PROBE = """
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => errors.push(event.violatedDirective));
addEventListener("load", async () => {
  const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const until = async (ready) => {
    for (let turn = 0; turn < 500 && !ready(); turn += 1) await sleep(10);
    return ready();
  };
  const one = (selector, of = document) => of.querySelector(selector);
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const part = (kind, run) => all(`[data-explore="${kind}"]`).find((each) => !run || each.dataset.run === run);
  const open = async (made, sign) => {
    for (let each = made; each; each = each.parentElement.closest("details")) each.open = true;
    await until(() => one(sign, made));
    return made;
  };
  const type = (field, value, event = "input") => {
    field.value = value;
    field.dispatchEvent(new Event(event, { bubbles: true }));
  };
  const cells = (table) => all("tbody tr", table).map((row) => [...row.cells].map((cell) => cell.textContent));
  const tiles = (of) => all(".tile", of).map((tile) => [...tile.querySelectorAll("span:not(.cutout)")].map((each) => each.textContent));
  const found = { hidden: all(".explore").filter((each) => each.hidden).length };

  // threshold
  const binary = await open(part("threshold", RUN), "table");
  const [cut, risk] = all("input[type=range]", binary);
  const [share] = all("input[type=number]", binary);
  const [first, second] = all(".figures", binary);
  const read = () => ({ at: Number(cut.value), said: all("output", binary)[0].textContent, figures: cells(first), confusion: cells(second) });
  found.chosen = read();
  found.test_share = share.value;
  type(share, "5");
  found.at_five = [0, 7, Math.floor(cut.max / 2), Number(cut.max)].map((value) => {
    type(cut, value);
    return read();
  });
  all("button", binary).find((each) => each.textContent === "0.5").click();
  all("button", binary).find((each) => each.textContent === "That of the test part").click();
  found.half = read();
  found.benefit = [0, 19, 49, 98].map((value) => {
    type(risk, value);
    return one(".read", binary).textContent;
  });

  // coverage
  found.coverage = {};
  for (const run of [RUN, MANY]) {
    const made = await open(part("coverage", run), "svg");
    found.coverage[run] = [0, 49, 79, 99].map((value) => {
      type(one("input", made), value);
      return one(".read", made).textContent;
    });
  }
  found.lines = all(".chart .line", document).map((path) => path.getAttribute("d").length > 10);

  // mistakes
  const viewer = await open(part("mistakes", MANY), ".tile");
  found.all = { count: one("output", viewer).textContent, tiles: tiles(viewer) };
  const cell = all(".matrix button", viewer)[0];
  cell.click();
  found.cell = { label: cell.ariaLabel, pressed: cell.ariaPressed, count: one("output", viewer).textContent, tiles: tiles(viewer) };
  const [actual, predicted] = all("select", viewer);
  found.selects = [actual.value, predicted.value];
  type(actual, "", "change");
  found.column = tiles(viewer);
  all("button", viewer).find((each) => each.textContent === "Show all").click();
  const shown = all(".tile", viewer);
  found.cutouts = all(".tile .cutout", viewer).slice(0, 25).map(({ style }) => [style.backgroundPosition, style.backgroundSize, style.width, style.height]);
  shown[1].focus();
  shown[1].click();
  const box = one("dialog");
  const turned = () => [one("output", box).textContent, ...all(".words p", box).map((each) => each.textContent)];
  const press = (key) => {
    box.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    return turned();
  };
  found.box = [turned(), press("ArrowRight"), press("ArrowLeft"), press("Home"), press("ArrowLeft"), press("End"), press("ArrowRight")];
  found.modal = box.matches(":modal");
  found.fits = box.scrollWidth <= innerWidth;
  const gone = () => [one("dialog") === null, document.activeElement === shown[1]];
  all("button", box).find((each) => each.textContent === "Close").click();
  found.closed = [gone()];
  shown[1].click();
  one("dialog").dispatchEvent(new Event("cancel", { cancelable: true })); // as Escape does
  found.closed.push(gone());

  document.getElementById("open-all").click();
  await sleep(50);
  found.early = Object.keys(window.cnnbenchRuns);

  // two runs
  const pair = await open(all('[data-explore="pairs"]').at(-1), "table");
  await until(() => one(".charted", pair));
  const [mine, other] = all("select", pair);
  found.pair = { runs: [mine.value, other.value], options: [...mine.options].map((each) => each.textContent) };
  found.right = cells(all("table", pair)[0]);
  const kinds = () => one(".controls ~ div select", pair);
  found.kinds = [...kinds().options].map((each) => each.textContent);
  found.disputed = [0, 1, 2].map((value) => {
    type(kinds(), value, "change");
    const grid = one(".tiles", pair);
    const lines = all(".tile", grid).slice(0, 1).map((tile) => {
      tile.click();
      const words = all("dialog .words p").map((each) => each.textContent);
      all("dialog button").at(-1).click();
      return words;
    });
    return { count: one(".tiles", pair).previousElementSibling.querySelector("output").textContent, tiles: tiles(grid), lines };
  });
  found.recipe = cells(all("table", pair)[1]);
  found.charts = all(".charted", pair).map((each) => all("path", each).length);
  type(other, mine.value, "change");
  found.same = one("[aria-live]", pair).textContent;

  const houses = await open(part("pairs"), ".charted");
  found.houses = { tables: all("table", houses).map(cells), charts: all(".charted", houses).length, tiles: all(".tile", houses).length };

  found.overflow = document.documentElement.scrollWidth - innerWidth;
  found.loaded = Object.keys(window.cnnbenchRuns);
  found.inserted = all("b", document).length;
  parent.postMessage({ found: { ...found, errors } }, "*");
});
"""  # noqa: E501


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    explored_runs.write(folder / "runs")
    audits = write_audits(folder / "splits", ("skin", "shapes", "boston_housing"))
    compile_report(folder / "runs", audits, folder, {})
    return folder


@pytest.fixture(scope="module")
def seen(reports, tmp_path_factory):
    probe = PROBE.replace("RUN", json.dumps(FIRST)).replace("MANY", json.dumps(THREE))
    folder = tmp_path_factory.mktemp("browser")
    (folder / "costs.js").write_text("")
    return browse(reports, folder, probe)


@pytest.fixture(params=list(WIDTHS))
def frame(request, seen):
    return seen[0][request.param]


@pytest.fixture(scope="module")
def first(reports):
    return explored_runs.scores_of(reports / "runs" / FIRST)


def rounded(value):
    return "–" if np.isnan(value) else f"{value:.3f}"


def test_nothing_goes_wrong_and_nothing_is_wider_than_the_screen(seen):
    found, log = seen
    assert console(log) == []
    for frame in found.values():
        assert frame["errors"] == []
        assert frame["hidden"] == 0
        assert frame["overflow"] <= 0
        assert frame["fits"]
        assert frame["inserted"] == 0, "a class named <b>ring</b> stays text"


def expected(first, threshold, prevalence):
    """Sensitivity, specificity, predictive values and confusion of a threshold, as the page writes them."""
    labels, scores = first
    groups = np.arange(N) // 3
    called = scores[:, 1] >= threshold
    ill = labels == 1
    sensitivity, specificity = proportion(called[ill], groups[ill]), proportion(~called[~ill], groups[~ill])
    values = decision.predictive_values(sensitivity.value, specificity.value, prevalence)
    figures = [[rounded(one.value), f"[{one.low:.3f}, {one.high:.3f}]"] for one in (sensitivity, specificity)]
    ends = decision.predictive_intervals(sensitivity, specificity, prevalence)
    figures += [
        [rounded(float(value)), f"[{low:.3f}, {high:.3f}]"] for value, (low, high) in zip(values, ends, strict=True)
    ]
    counts = [[(called & ill).sum(), (~called & ill).sum()], [(called & ~ill).sum(), (~called & ~ill).sum()]]
    return figures, [[str(int(count)) for count in row] for row in counts]


def shown(read):
    return [row[1:3] for row in read["figures"]], [row[1:] for row in read["confusion"]]


def test_the_threshold_begins_where_validation_data_chose_it(frame, first):
    assert frame["chosen"]["said"] == "score ≥ 0.4"
    assert frame["test_share"] == "50.0"
    assert shown(frame["chosen"]) == expected(first, 0.4, 0.5)
    assert shown(frame["half"]) == expected(first, 0.5, 0.5)
    assert frame["half"]["said"] == "score ≥ 0.5"


def test_every_threshold_has_the_figures_of_python_at_the_stated_prevalence(frame, first):
    labels, scores = first
    thresholds = decision.cuts(labels, scores[:, 1], [0.5, 0.4]).thresholds
    assert frame["at_five"][0]["said"] == "above every score"
    for read in frame["at_five"]:
        assert shown(read) == expected(first, thresholds[read["at"]], 0.05)
        assert read["figures"][2][3] == "at a prevalence of 5.0 %"


def test_net_benefit_is_that_of_python(frame, first):
    labels, scores = first
    grid = np.array([0.01, 0.2, 0.5, 0.99])
    calibrated = decision.net_benefit(labels, calibration.calibrate(scores, 1.5)[:, 1], grid)
    raw, everybody = decision.net_benefit(labels, scores[:, 1], grid), decision.treat_all(0.5, grid)
    for said, *values in zip(frame["benefit"], calibrated, raw, everybody, strict=True):
        one, other, treat_all = (rounded(value) for value in values)
        assert said.startswith(f"Net benefit {one}, as scores come {other}, treat all {treat_all}, treat none 0.000: ")
    assert "better than treating" in frame["benefit"][2]


def test_risk_against_coverage_is_that_of_python(frame, reports):
    for name in (FIRST, THREE):
        labels, scores = explored_runs.scores_of(reports / "runs" / name)
        _, risk = selective.risk_coverage(scores.argmax(axis=1) == labels, scores.max(axis=1))
        at = selective.at_coverages(risk, np.array([0.01, 0.5, 0.8, 1]))
        for said, share, value in zip(frame["coverage"][name], (1, 50, 80, 100), at, strict=True):
            assert said.startswith(
                f"Of the surest {share} % it gets {100 * value:.2f} % wrong; of all 90 test examples"
            )
            assert said.endswith(f" {100 * risk[-1]:.2f} %. Area under the curve: {risk.mean():.4f}.")
    assert all(frame["lines"])
    assert len(frame["lines"]) == 4 + 2 + 2


def test_a_click_on_a_cell_shows_its_mistakes(frame, reports):
    labels, scores = explored_runs.scores_of(reports / "runs" / THREE)
    predicted = scores.argmax(axis=1)
    wrong = int((labels != predicted).sum())
    assert frame["all"]["count"] == f"{wrong} of {wrong} mistakes, the surest first"
    assert len(frame["all"]["tiles"]) == wrong
    in_cell = int(((labels == 0) & (predicted == 1)).sum())
    cell = frame["cell"]
    assert cell["label"] == f"{in_cell} of disc taken for <b>ring</b>"
    assert (cell["pressed"], frame["selects"]) == ("true", ["0", "1"])
    assert cell["count"] == f"{in_cell} of {in_cell} mistakes, the surest first"
    assert {tuple(tile[:1]) for tile in cell["tiles"]} == {("disc",)}
    assert {tile[1] for tile in cell["tiles"]} == {"→ <b>ring</b>"}
    assert all(tile[2].endswith(" %") for tile in cell["tiles"])
    assert len(frame["column"]) == ((predicted == 1) & (labels != 1)).sum() > in_cell


def test_a_tile_shows_its_part_of_the_sheet(frame):
    for index, (position, size, width, height) in enumerate(frame["cutouts"]):
        assert float(height[:-2]) == pytest.approx(112)
        assert float(width[:-2]) == pytest.approx(112 * 8 / 12, rel=1e-3)
        x, y = (float(one[:-2]) for one in position.split())
        assert x == pytest.approx(-(index % 20) * 112 * 8 / 12, rel=1e-3)
        assert y == pytest.approx(-(index // 20) * 112, rel=1e-3)
        assert float(size.split()[0][:-2]) == pytest.approx(20 * 112 * 8 / 12, rel=1e-3)
    assert len(frame["cutouts"]) == 25


def test_the_light_box_is_turned_by_the_keyboard_and_gives_the_focus_back(frame):
    n = len(frame["all"]["tiles"])
    places = [turn[0] for turn in frame["box"]]
    assert places == [f"{at} of {n}" for at in (2, 3, 2, 1, 1, n, n)]
    assert len({turn[1] for turn in frame["box"]}) == 4
    assert frame["box"][0][1].startswith("shapes/")
    assert frame["box"][0][2].startswith("Actual: ")
    assert frame["modal"]
    assert frame["closed"] == [[True, True], [True, True]]


def test_two_runs_side_by_side(frame, reports):
    (labels, one), (_, other) = (explored_runs.scores_of(reports / "runs" / name) for name in (FIRST, SECOND))
    right, also = one.argmax(axis=1) == labels, other.argmax(axis=1) == labels
    counts = [[(right & also).sum(), (right & ~also).sum()], [(~right & also).sum(), (~right & ~also).sum()]]
    assert frame["pair"] == {"runs": [FIRST, SECOND], "options": ["a_cnn", "b_cnn"]}
    assert [row[1:] for row in frame["right"]] == [[str(int(count)) for count in row] for row in counts]
    only, only_other, none = (int(count) for count in (counts[0][1], counts[1][0], counts[1][1]))
    assert frame["kinds"] == [
        f"a_cnn right, b_cnn wrong ({only})", f"b_cnn right, a_cnn wrong ({only_other})", f"both wrong ({none})",
    ]  # fmt: skip
    for found, number in zip(frame["disputed"], (only, only_other, none), strict=True):
        assert found["count"] == f"{number} of {number} shown"
        assert len(found["tiles"]) == number > 0
    (lines,) = frame["disputed"][0]["lines"]
    actual = lines[1].removeprefix("Actual: ")
    assert lines[3].startswith(f"a_cnn: {actual}, score ")
    assert lines[2].startswith("b_cnn: ")
    assert not lines[2].startswith(f"b_cnn: {actual},")
    assert ["seed", "0", "3"] in frame["recipe"]
    assert "lr" not in {row[0] for row in frame["recipe"]}
    assert frame["charts"] == [4, 4]
    assert frame["same"] == "Choose two runs."


def test_two_regressions_differ_in_recipe_and_curves_and_have_no_pictures(frame):
    assert frame["houses"] == {"tables": [[["seed", "0", "1"]]], "charts": 1, "tiles": 0}


def test_only_what_was_asked_for_is_loaded_whatever_else_is_unfolded(frame):
    assert frame["early"] == [FIRST, THREE]
    assert set(frame["loaded"]) == {FIRST, SECOND, THREE, HOUSES, AGAIN}


def test_without_the_files_beside_it_the_page_says_so(reports, tmp_path):
    probe = """
    addEventListener("load", async () => {
      const part = document.querySelector('[data-explore="mistakes"]');
      for (let each = part; each; each = each.parentElement.closest("details")) each.open = true;
      for (let turn = 0; turn < 300 && !part.querySelector("p"); turn += 1) await new Promise((done) => setTimeout(done, 10));
      parent.postMessage({ found: part.querySelector(".explored").textContent }, "*");
    });
    """  # noqa: E501
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "explore").mkdir()
    found, _ = browse(reports, tmp_path / "alone", probe)
    assert all(said.startswith("explore/") and "is not beside this page" in said for said in found.values())
