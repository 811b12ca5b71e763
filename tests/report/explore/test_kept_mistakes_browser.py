"""Two runs of which not every mistake is kept: the page says how many there are and how many of them it can show."""

import browsing
import explored_runs
import pytest
from browsing import browse
from explored_runs import FIRST, SECOND
from run_folders import write_audits

from cnnbench.evaluation import mistakes
from cnnbench.report.build import compile_report

pytestmark = browsing.NEEDED

KEPT = 8
PROBE = """
addEventListener("load", async () => {
  const pair = [...document.querySelectorAll('[data-explore="pairs"]')].at(-1);
  for (let each = pair; each; each = each.parentElement.closest("details")) each.open = true;
  for (let turn = 0; turn < 500 && !pair.querySelector(".tiles"); turn += 1) await new Promise((done) => setTimeout(done, 10));
  const kinds = pair.querySelector(".controls ~ div select");
  const found = [0, 1, 2].map((value) => {
    kinds.value = value;
    kinds.dispatchEvent(new Event("change"));
    const grid = pair.querySelector(".tiles");
    return [grid.previousElementSibling.querySelector("output").textContent, grid.children.length];
  });
  parent.postMessage({ found: { found } }, "*");
});
"""  # noqa: E501


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mistakes, "LISTED", KEPT)
        explored_runs.write(folder / "runs")
    audits = write_audits(folder / "splits", ("skin", "shapes", "boston_housing"))
    compile_report(folder / "runs", audits, folder, {})
    return folder


def test_the_true_numbers_stand_beside_those_of_the_pictures_kept(reports, tmp_path):
    (tmp_path / "costs.js").write_text("")
    runs = (reports / "runs" / name for name in (FIRST, SECOND))
    (labels, one), (_, other) = map(explored_runs.scores_of, runs)
    right, also = one.argmax(axis=1) == labels, other.argmax(axis=1) == labels
    numbers = [int(found.sum()) for found in (right & ~also, also & ~right, ~right & ~also)]
    for frame in browse(reports, tmp_path, PROBE)[0].values():
        for (said, tiles), number in zip(frame["found"], numbers, strict=True):
            assert 0 < tiles < number
            assert said.startswith(f"{tiles} of {number} shown: those among the {KEPT} kept of ")
        assert frame["found"][2][0].endswith(f"the {KEPT} kept of b_cnn or the {KEPT} kept of a_cnn")
