import base64
import hashlib
import itertools
import json
import math
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from run_folders import PAIRS, overview_of, write_run, write_three

from cnnbench.config import Bound
from cnnbench.data import leakage
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report import drawings, leaderboard, leakage_tables, links, page, scales
from cnnbench.report.places import Place
from cnnbench.results import run_result
from cnnbench.results.gate import judge

THRESHOLDS = {
    "mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.97), "acc": Bound(kind="min", value=0.9)},
}
WRITTEN_WITH_IT = {"leaderboard.csv", "repeats.csv", "comparisons.csv", "metrics.json", "leakage.json"}
VOID = {"meta", "img", "br", "wbr", "line", "circle", "input"}
PICTURES = 9 + 9 + 3  # one of each class stands with the data set, the others with the run


class Page(HTMLParser):
    """Elements with their attributes, and whether every one that opens is closed in turn."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.without_script = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        kept = self.without_script if "noscript" in self.open else self.elements
        kept.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def words(fragment):
    """The text of a part of a page, whose elements need not be whole."""
    return " ".join(re.sub(r"<[^>]*>", " ", "<" + fragment).split())


@pytest.fixture
def render(splits):
    def make(runs, thresholds=THRESHOLDS, **audits):
        found, overview = run_result.load(runs), overview_of(runs)
        audits = leakage_tables.load(splits, {result.dataset for result in found}) | audits
        verdicts = judge(leaderboard.metrics(found), thresholds)
        drawn, colours = drawings.draw(found, overview), drawings.colours(found)
        return page.render(found, verdicts, audits, overview, drawn, colours, runs.parent)

    return make


@pytest.fixture
def html(runs, render):
    return render(runs)


def test_is_whole_and_well_formed(html):
    parsed = Page(html)
    assert html.startswith("<!doctype html>")
    assert parsed.open == []


def test_needs_no_network_and_no_script_but_its_own_and_the_costs(html):
    parsed = Page(html)
    assert not {"link", "iframe", "object"} & {tag for tag, _ in parsed.elements}
    assert parsed.all("script") == [{"src": "costs.js"}, {}]
    links = {link["href"] for link in parsed.all("a")}
    # a name, which is not fetched, and what a reader may follow
    assert set(re.findall(r"https?:[^\s\"]*", html)) - links == {"http://www.w3.org/2000/svg"}


def test_pictures_and_tables_lie_beside_the_page_and_come_when_they_are_looked_at(html, runs):
    parsed = Page(html)
    images = parsed.all("img")
    kinds = [image["data-src"].rpartition(".")[2] for image in images]
    assert (kinds.count("svg"), kinds.count("png")) == (4 + 4 + 3, 5 + 5)
    assert {image["loading"] for image in parsed.all("img")} == {"lazy"}
    links = {link["href"] for link in parsed.all("a") if not link["href"].startswith(("#", "http"))}
    later = {link for link in links if link.startswith("checklists/")}  # by `cnnbench track`; hidden until then
    assert len(later) == 5, "two of each run; of a table TRIPOD+AI alone"
    links -= later
    pictures = {image["data-src"] for image in images}
    assert pictures == {image["src"] for _, image in parsed.without_script}
    assert pictures < links
    assert all((runs.parent / link).is_file() for link in links - WRITTEN_WITH_IT)
    of_run = {link.removeprefix("runs/mnist-mnist_cnn/") for link in links if "mnist" in link and link not in pictures}
    assert of_run == {
        "confusion.csv", "history.csv", "layers.csv", "metrics.json", "mistakes.csv", "per_class.csv",
        "predictions.parquet", "roc.csv", "run.json",
    }  # fmt: skip


def test_links_are_quoted(tmp_path):
    assert links.relative(tmp_path / "runs" / "a b" / "#1?.png", tmp_path / "there") == "../runs/a%20b/%231%3F.png"


def test_the_policy_names_the_script_by_its_hash_and_costs_are_text(html):
    script = re.search(r"<script>(.*?)</script>", html, flags=re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(meta["content"] for meta in Page(html).all("meta") if "http-equiv" in meta)
    assert policy.endswith(f"script-src 'self' file: 'sha256-{digest}'")
    assert "textContent" in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)
    costs = next(section for section in Page(html).all("section") if section.get("id") == "costs")
    assert "hidden" in costs
    runs = [row["data-run"] for row in Page(html).all("tr") if "data-run" in row]
    assert sorted(runs) == ["boston_housing-conv1d", "chest_xray-chest_cnn", "mnist-mnist_cnn"]


def test_links_lead_somewhere_and_ids_are_unique(html):
    parsed = Page(html)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in parsed.all("a") if link["href"].startswith("#")} <= set(ids)
    assert {
        attributes["aria-labelledby"] for _, attributes in parsed.elements if "aria-labelledby" in attributes
    } <= set(ids)


def test_headings_go_down_one_level_at_a_time(html):
    levels = [int(tag[1]) for tag, _ in Page(html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_picture_has_words_and_a_size(html):
    images = Page(html).all("img")
    assert len(images) == PICTURES
    assert all(
        len(image["alt"]) > 20 and (image["width"], image["height"]) in {("4", "3"), ("61", "46")} for image in images
    )


def test_every_bar_is_told_in_words(html):
    bars = [svg for svg in Page(html).all("svg") if svg["role"] == "img"]
    assert len(bars) == 3
    assert "accuracy 0.900 [0.700, 0.970] on an axis from 0 to 1" in {bar["aria-label"] for bar in bars}
    assert "RMSE 3.800 [2.900, 5.100] on an axis from 0 to 10" in {bar["aria-label"] for bar in bars}


def test_a_published_figure_stands_beside_real_measurements_only(html):
    text = Page(html).text
    assert "above 90" not in html
    assert "The published figure is not comparable" in text
    assert "Published: test RMSE 4.936. Measured here: RMSE 3.800 [2.900, 5.100]" in text


def test_synthetic_runs_are_marked_wherever_they_stand(runs, html):
    assert "SYNTHETIC: 1 of 3 runs" in html
    board, _, rest = html.partition('id="thresholds"')
    row = next(part for part in board.split("<tr") if "run-chest_xray-chest_cnn" in part)
    assert "SYNTHETIC" in row
    for part in ('id="data-chest_xray-title"', 'class="run" id="run-chest_xray-chest_cnn"'):
        assert re.search(rf"{part}[^>]*>\n?[^\n]*SYNTHETIC", rest)
    assert not re.search(r'class="run" id="run-mnist-mnist_cnn"[^>]*>\n[^\n]*SYNTHETIC', rest)


def test_thresholds_are_judged(html):
    text = Page(html).text
    assert "0 of 2 thresholds met" in text
    assert "✗ missed" in text
    assert "received 'acc'" in text
    assert "≥ 0.97" in text


def test_without_thresholds_the_page_says_so(runs, render):
    assert "None are set." in render(runs, {})


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_names_from_the_data_stay_text(tmp_path, render, name):
    runs = write_three(tmp_path / "runs", classes=("normal", "odd"))
    folder = runs / "chest_xray-chest_cnn"
    for file in folder.glob("*.json"):
        file.write_text(file.read_text().replace('"odd"', '"' + name.replace('"', '\\"') + '"'))
    (folder / "confusion.csv").write_text(
        'actual,predicted,count,share\nnormal,"' + name.replace('"', '""') + '",3,0.3\n'
    )
    parsed = Page(render(runs))
    assert name in parsed.text
    assert any(name in image["alt"] for image in parsed.all("img"))
    assert len(parsed.all("script")) == 2
    assert len(parsed.all("img")) == PICTURES
    assert parsed.open == []


def test_an_undefined_headline_has_no_bar_and_ranks_come_in_order(runs):
    found = run_result.load(runs)
    undefined = Estimate(math.nan, math.nan, math.nan)
    odd = found[2].model_copy(update={"run": "mnist-a", "metrics": {"accuracy": undefined}})
    ranks = {"mnist-a": 2, "mnist-mnist_cnn": 1, "chest_xray-chest_cnn": 1, "boston_housing-conv1d": 1}
    found_places = {name: Place(name, rank, 1, 2, "a", 2) for name, rank in ranks.items()}
    scale = next(iter(scales.scales([odd, *found], found_places)))
    assert [run.run for run in scale.runs] == ["chest_xray-chest_cnn", "mnist-mnist_cnn", "mnist-a"]
    assert scale.bar(odd) is None


@pytest.mark.parametrize(("highest", "top"), [(0.9, 1), (1, 1), (1.01, 2), (4.9, 5), (5.1, 10), (73, 100), (0.0, 1)])
def test_an_axis_ends_on_a_round_number(highest, top):
    assert scales.round_up(highest) == top
    assert scales.axis("rmse", [Estimate(0.0, 0.0, highest)]) == (0, top)


@pytest.mark.parametrize(
    ("metric", "values", "ends"),
    [
        ("accuracy", (0.9, 0.8, 0.95), (0, 1)),
        ("matthews", (0.1, -0.2, 0.3), (-1, 1)),
        ("r2", (0.45, -3.2, 0.71), (-5, 1)),
        ("r2", (0.45, 0.2, 0.71), (0, 1)),
        ("accuracy", (0.9, -0.1, 1.4), (-0.1, 2)),
        ("rmse", (math.nan,) * 3, (0, 1)),
    ],
)
def test_an_axis_holds_every_value(metric, values, ends):
    assert scales.axis(metric, [Estimate(*values)]) == pytest.approx(ends)


def test_each_class_has_its_line(html):
    tables = re.findall(r'aria-label="Classes of ([^"]*)".*?</table>', html, flags=re.DOTALL)
    assert tables == ["chest_xray-chest_cnn", "mnist-mnist_cnn"]
    row = re.search(r'<th scope="row">pneumonia \(positive\)</th><td class="number">10</td>.*', html)[0]
    assert row.count("0.750") == 6


@pytest.fixture
def repeats_html(repeated, render):
    return render(repeated, {})


def test_repeats_are_gathered_and_folded_away(repeats_html):
    parsed = Page(repeats_html)
    assert parsed.open == []
    assert "3 seeds × 2 folds, 80 test examples" in parsed.text
    assert "Not counted, for want of folds" in parsed.text
    assert "5 repeats of skin_cancer-plain_cnn" in parsed.text
    assert "6 repeats of skin_cancer-skin_cnn" in parsed.text
    assert "skin_cnn × 7" in parsed.text
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_who_is_better_is_said_and_ranks_and_ties_stand_beside_each_row(repeats_html):
    said = repeats_html.partition('id="comparisons"')[2].partition('id="thresholds"')[0]
    assert "skin_cancer-skin_cnn is better than skin_cancer-plain_cnn in accuracy: +0.3" in said
    assert "which is not to say that they are equal" in said
    board = repeats_html.partition('id="comparisons"')[0]
    assert board.count('1 of 2 <span class="tie">a</span>') == 7 + 1, "the ensembles are ranked, too"
    assert board.count('2 of 2 <span class="tie">b</span>') == 6 + 1
    assert "12.3 MFLOP" in board


def test_captions_tell_what_the_picture_shows(html):
    text = Page(html).text
    assert "Lowest validation loss: 0.500, epoch 2." in text
    assert "normal taken for pneumonia, 1 time." in text
    assert "each class against the rest and their mean on 100 test examples" in text


def test_split_and_leakage_of_every_data_set(html):
    sections = {part.split('"')[0]: part for part in html.split('<section class="dataset" id="data-')[1:]}
    said = {name: words(part.partition("<details")[2].partition("</details>")[0]) for name, part in sections.items()}
    for name in ("mnist", "boston_housing"):
        assert "✓ no leak No exact copy stands in more than one of train, val and test" in said[name]
        assert "Protocol grouped: groups and exact copies are kept together" in said[name]
    chest = said["chest_xray"]
    assert "✗ leaks LEAKS: 1 group (3 examples) and 1 cluster of exact copies (2 examples)" in chest
    assert "as image-level splits do by design" in chest
    assert "Not counted, since near_copies is report: 1 cluster of near copies (3 examples)" in chest
    assert "Dropped: 1 (unreadable 1), such as " in chest
    assert "Labels differ among identical examples: 1 cluster, 2 examples." in chest
    assert "1 of 3 splits leak" in Page(html).text


def test_what_leaks_is_named_and_names_stay_text(html):
    text = Page(html).text
    for name in ("chest_xray/00", "chest_xray/09", "chest_xray/10", "<script>alert(1)</script>.png", "<b>|*x*"):
        assert name in text
    assert "chest_xray/06" not in text
    assert len(Page(html).all("script")) == 2


def test_pairs_have_pictures_and_names_that_stay_text(runs, audits, render):
    parsed = Page(render(runs, chest_xray=audits["chest_xray"].model_copy(update={"pairs": PAIRS})))
    text = " ".join(parsed.text.split())
    assert "Of 2 test examples 1 have an exact copy in train or val and 0 a near copy, exact ones included." in text
    assert "exact copy test chest_xray/11 normal train <i>.png <b>" in text
    assert "1 bit test chest_xray/10" in text
    assert "6 bits test chest_xray/05" in text
    pictures = [
        image for image in parsed.all("img") if image.get("src", "").startswith("data:image/jpeg;base64,R0lGOD")
    ]
    assert [image["alt"] for image in pictures[:2]] == ["test: chest_xray/11", "train: <i>.png"]
    assert len(pictures) == 14


def test_near_copies_that_do_not_count_are_amber(runs, audits, render):
    kept = pd.DataFrame({"id": list("abc"), "sha256": list("abc"), "label": 0.0, "split": ["train", "val", "test"]})
    kept = kept.assign(
        part="", dropped="", warning="", protocol="grouped", group=kept["id"], near=["n", "", "n"], unit=kept["id"]
    )
    found = leakage.audit(kept.assign(fold=[2, 1, 0]), "report", ("no", "yes"))
    html = render(runs, mnist=found, chest_xray=audits["mnist"])
    assert '<span class="pill warn">! near copies</span>' in html
    assert '<span class="pill warn">none of 3 splits leaks, 1 has near copies across parts</span>' in html
    text = " ".join(Page(html).text.split())
    assert "of 1 test examples 1 has a twin in train or val. no has 3 groups" in text
    assert "A twin of an example is a copy of it, or one of its group." in text
    assert "no has 3 groups, fewer than the 10 folds, and is in folds 0, 1 and 2 alone" in text


def test_a_long_list_of_dropped_examples_is_cut_and_says_so(runs, audits, render):
    many = [leakage.Reason(id=f"x{n:03}", reason="too small") for n in range(150)]
    dropped = leakage.Reasons(reasons={"too small": 150}, examples=many)
    text = Page(render(runs, mnist=audits["mnist"].model_copy(update={"dropped": dropped}))).text
    assert "x099" in text
    assert "x100" not in text
    assert "and 50 more, all in leakage.json" in text


def test_ones_own_images_have_no_publication_and_no_empty_lines(tmp_path, render, runs):
    facts = run_result.load(runs)[2]
    shown = facts.model_dump(exclude={"run"})
    own = shown | {"title": "lesions", "citation": "", "licence": "", "published_result": None, "changed": []}
    write_run(tmp_path / "own", facts.run, metrics={"accuracy": (0.9, 0.8, 0.95)}, **own)
    text = render(tmp_path / "own", {})
    assert "Licence" not in text
    assert "Citation" not in text
    body = text[text.index("<body") :]
    assert re.findall(".{30}(?:publi|tutorial).*", body, re.IGNORECASE) == []
    assert "Changed from the recipe of the run in params.yaml" in text
    assert "The publication states no figure." in render(runs)


def test_headers_and_rows_carry_what_the_script_sorts_and_filters_by(html):
    parsed = Page(html)
    headers = [cell["data-sort"] for cell in parsed.all("th") if "data-sort" in cell and "hidden" not in cell]
    assert headers == 2 * ["ascending"] + ["ascending", "descending", "descending", "descending", "ascending"] + [
        "ascending", "ascending", "ascending", "ascending", "descending", "descending", "ascending",
    ]  # fmt: skip
    row = next(row for row in parsed.all("tr") if row.get("data-run") == "chest_xray-chest_cnn")
    assert row["data-dataset"] == "chest_xray"
    assert row["data-kind"] == "synthetic"
    assert "chest x-rays" in row["data-filter"]
    assert "hidden" in next(form for form in parsed.all("form"))


def test_every_dot_leads_to_its_run_and_says_what_it_is(repeats_html):
    dots = [link for link in Page(repeats_html).all("a") if link.get("class", "").startswith("dot")]
    assert len(dots) == 2 * 2  # operations and parameters
    assert {dot["aria-label"].partition(" [")[0] for dot in dots} == {
        "skin_cancer-skin_cnn, SYNTHETIC: accuracy 0.900",
        "skin_cancer-plain_cnn, SYNTHETIC: accuracy 0.550",
    }
    assert len({dot["style"] for dot in dots}) == 2
    assert json.loads(dots[0]["data-runs"])[0] == dots[0]["href"].removeprefix("#run-")


def test_one_network_alone_is_not_held_against_its_cost(html):
    plots = html.partition('id="cost"')[2].partition("</section>")[0]
    assert plots.count("<fieldset") == 1  # of the two that are measured in accuracy, not of the one in RMSE
    assert "boston" not in plots


def test_networks_of_one_data_set_stand_in_one_picture(repeats_html):
    compared = repeats_html.partition('id="compared-skin_cancer"')[2].partition('class="run"')[0]
    assert [alt.partition(" of ")[0] for alt in re.findall(r'<img data-src[^>]*alt="([^"]*)"', compared)] == [
        "ROC curves", "Confusion matrices", "Learning curves",
    ]  # fmt: skip
    assert "plain_cnn and skin_cnn, of repeats the first run" in compared
    assert 'id="compared-mnist"' not in repeats_html


def test_a_run_shows_its_layers_its_mistakes_and_how_calibration_helped(html):
    text = words(
        html.partition('<details class="run" id="run-chest_xray-chest_cnn"')[2].partition('class="dataset"')[0]
    )
    assert "The network: 2 layers" in text
    assert "26 × 26 × 32" in text
    assert "11,033,089" in text
    assert "The 20 surest mistakes by name" in text
    assert "mistakes.csv" in text
    assert "The surest: normal taken for pneumonia at 99.0 %." in text
    assert "temperature 1.25): 0.030 [0.010, 0.060]" in text
    assert "point by point" in text


def test_published_and_measured_stand_in_one_table(html):
    table = html.partition('id="published"')[2].partition("</section>")[0]
    text = Page("<p" + table).text
    assert "not comparable: measured on synthetic images" in text
    assert "test RMSE 4.936" in text
    assert "agrees: within the interval; recipe or input changed" in text
    assert "no figure was published" in text


def test_names_of_mistakes_stay_text(runs, render):
    path = runs / "chest_xray-chest_cnn" / "mistakes.csv"
    path.write_text(path.read_text().replace("chest_xray-chest_cnn/00.png", "<script>alert(1)</script>.png"))
    parsed = Page(render(runs))
    assert "<script>alert(1)</script>.png" in parsed.text
    assert len(parsed.all("script")) == 2
