"""The HTML report in headless Chromium: cells, filter, bytes, keyboard, colours, paper, and not one request to anything."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace

import pytest
from msgspec import structs

from samebytes.report.content import report_of
from samebytes.report.formats.html import render as render_page
from samebytes.report.formats.junit import render as render_junit
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.lines import TYPES, Expectations, Unjudged
from samebytes.report.merging import merge_reports
from samebytes.report.reading import read_report
from samebytes.report.schema import schema
from samebytes.report.terminal import Style, render_matrix

DIFFERING = "c/csharp/struct/linux/data"


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report's page from disk; after the test: no error in it, and no request but for the file itself."""
    pages, requests, errors = [], [], []

    def open_page(report, address="", **size):
        path = tmp_path / f"page{len(pages)}.html"
        path.write_text(render_page(report), "utf-8")
        page = browser.new_page()
        pages.append(page)
        page.set_viewport_size({"width": size.get("width", 1400), "height": size.get("height", 900)})
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None
        )
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []
    assert len({url for url in requests if url != "data:,"}) == len(pages)


@pytest.fixture
def differing(lines_of, opened):
    return lambda address="", **size: opened(report_of(lines_of("differs")), address, **size)


def visible(page, selector):
    return page.locator(f"{selector}:visible").count()


def shown_cells(page):
    """Identities of the tiles that can be seen."""
    return page.evaluate(
        """() => { const cells = JSON.parse(document.getElementById("data").textContent).cells;
        return [...document.querySelectorAll(".tile[data-cell]")].filter((tile) => tile.offsetParent)
          .map((tile) => cells[tile.dataset.cell].id).sort(); }"""
    )


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id")


# --- the matrix


def test_every_cell_of_every_sample_has_a_tile_with_its_verdict(opened, sample):
    report = read_report(sample)
    page = opened(report)
    labels = page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.getAttribute('aria-label'))")
    expected = [
        f"{cell.producer} → {cell.consumer}, {cell.program}, {cell.realm}: {cell.verdict}"
        + (f" at {cell.stage}" if cell.stage else "")
        for cell in report.cells
    ]
    assert sorted(labels) == sorted(expected)
    assert page.title().startswith(f"samebytes: {len(report.cells)} cells")


def test_what_failed_stands_first_with_its_words(differing):
    page = differing()
    failure = page.locator(".failure")
    assert failure.count() == 1
    assert "differs at describe in linux, 3 cells" in re.sub(r"\s+", " ", failure.inner_text())
    assert "cause: c: Numbers declared as double instead of float" in failure.inner_text()
    assert "nim in linux: nim: no Nim compiler; to add it: apt-get install nim" in page.inner_text("#rest")
    assert "Debian" in page.inner_text(".realm .peers")


def test_the_filter_the_switch_and_the_sums_choose_cells(lines_of, opened):
    page = opened(report_of(lines_of("misbehaving")))
    every = shown_cells(page)
    page.fill("#filter", "crashing struct -windows")
    assert shown_cells(page) == ["crashing/python/struct/linux/data", "python/crashing/struct/linux/data"]
    assert page.inner_text("#shown") == "2 of 30 cells"
    page.fill("#filter", "no such words")
    assert shown_cells(page) == []
    assert page.is_visible("#none")
    page.fill("#filter", "")
    page.check("#failing")
    assert len(shown_cells(page)) == 16
    page.click(".sum.hung")
    assert shown_cells(page) == ["hanging/python/message/linux/data", "hanging/python/struct/linux/data"]
    assert page.get_attribute(".sum.hung", "aria-pressed") == "true"
    page.click(".sum.hung")
    page.uncheck("#failing")
    assert shown_cells(page) == every


def test_the_matrix_can_have_programs_as_rows(differing):
    page = differing()
    every = shown_cells(page)
    page.click("#view >> text=programs")
    assert shown_cells(page) == every
    assert page.eval_on_selector_all(".grid tbody th", "heads => heads.map(head => head.textContent)") == [
        "struct",
        "stamp",
    ]


def test_a_check_other_than_data_has_a_table_of_its_own(lines_of, opened):
    lines = lines_of("agreed")
    cell = next(line for line in lines if line["type"] == "cell")
    identity = {"check": "lifecycle", "program": "killed", "id": "c/c/killed/linux/lifecycle"}
    run = {
        "layout": "",
        "values": "",
        "producer": "c",
        "consumer": "c",
        "verdict": "leaked",
        "stage": "kill",
        "message": "left",
    }
    red = {**cell, **identity, "verdict": "leaked", "stage": "kill", "message": "left", "runs": [run]}
    page = opened(report_of([*lines[:-1], red, lines[-1]]), "#c/c/killed/linux/lifecycle")
    assert page.locator(".realm").first.locator(".grid").count() == 2
    assert page.get_by_role("grid", name="linux: 1 of 17 cells failed, lifecycle").get_by_role("button").count() == 1
    assert "leaked at kill" in page.inner_text("#detail")
    assert "left" in page.inner_text("#detail .message")
    page.fill("#filter", "lifecycle")
    assert shown_cells(page) == ["c/c/killed/linux/lifecycle"]
    assert visible(page, ".check") == 1


# --- groups of layouts


def heads(page):
    """The columns of the first table, as they can be read."""
    return page.eval_on_selector_all(
        ".grid >> nth=0 >> thead th", "all => all.map(one => one.textContent.replace(/[▸▾]/, '').trim())"
    )


def test_a_group_is_one_column_that_opens_into_its_layouts(grouped, opened):
    page = opened(grouped())
    closed = ["producer → consumer", "integer", "struct", "message", "stamp", "scalars 12", "packed 10", "text 3"]
    assert heads(page) == closed
    assert page.get_by_role("button", name="c → python, group scalars, linux: 12 agreed").inner_text() == "✓ 12/12"
    page.click(".toggle:has-text('packed') >> nth=0")
    assert heads(page) == [*closed[:7], *(f"Packed{number}" for number in range(10)), closed[7]]
    assert page.get_attribute(".toggle:has-text('packed') >> nth=0", "aria-expanded") == "true"
    assert page.get_attribute(".toggle:has-text('packed') >> nth=1", "aria-expanded") == "false"  # the other realm's
    page.get_by_role("button", name="c → python, Packed7, linux: agreed").click()
    assert "c → python Packed7" in page.inner_text("#cell-title")
    page.click(".toggle:has-text('packed') >> nth=0")
    assert heads(page) == closed


def test_groups_are_opened_and_closed_by_keys(grouped, opened):
    page = opened(grouped())
    page.focus('.grid .tile[tabindex="0"]')
    for key in ("ArrowRight",) * 4 + ("ArrowDown",):
        page.keyboard.press(key)
    assert focused(page) == "c → python, group scalars, linux: 12 agreed"
    page.keyboard.press("Enter")
    assert "Scalars11" in heads(page)
    assert focused(page) == "c → python, group scalars, linux: 12 agreed"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "c → python, Scalars0, linux: agreed"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert "Scalars11" not in heads(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")  # the head of the column
    assert "Scalars11" in heads(page)
    page.keyboard.press("g")
    assert {"Scalars11", "Packed9", "Text2"} <= set(heads(page))
    assert page.inner_text("#groups") == "close groups"
    page.keyboard.press("g")
    assert len(heads(page)) == 8


def test_what_failed_in_a_closed_group_is_seen_at_once(grouped, opened):
    page = opened(grouped(wrong=["Packed3", "Text1"]))
    assert heads(page)[5:] == ["scalars 12", "packed 10", "Packed3", "text 3", "Text1"]
    tally = page.get_by_role("button", name="c → python, group packed, linux: 9 agreed, 1 differs")
    assert tally.inner_text() == "≠ 9/10"
    assert "differs" in tally.get_attribute("class")
    assert page.get_by_role("button", name="c → c, group packed, linux: 10 agreed").inner_text() == "✓ 10/10"
    assert page.get_by_role("button", name="c → python, Packed3, linux: differs at describe").count() == 1


def test_a_group_of_which_everything_failed_stays_small(grouped, opened):
    page = opened(grouped(wrong=[f"Scalars{number}" for number in range(12)]))
    assert sum(head.startswith("Scalars") for head in heads(page)) == 8
    assert page.get_by_role("button", name="c → python, group scalars, linux: 12 differs").inner_text() == "≠ 0/12"


def test_the_filter_reaches_into_groups(grouped, opened):
    page = opened(grouped(wrong=["Packed3"]))
    page.fill("#filter", "packed7 -windows")
    assert heads(page) == ["producer → consumer", "Packed7"]
    assert len(shown_cells(page)) == 4
    page.fill("#filter", "packed -windows")
    assert heads(page)[:2] == ["producer → consumer", "packed 10"]
    assert page.inner_text("#shown") == "40 of 232 cells"
    page.fill("#filter", "")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    assert heads(page) == ["producer → consumer", "Packed3"]
    assert {cell.split("/")[2] for cell in shown_cells(page)} == {"Packed3"}


def test_a_cell_in_a_closed_group_is_found_by_its_address(grouped, opened):
    page = opened(grouped(), "#c/python/Scalars5/linux/data")
    assert "Scalars5" in heads(page)
    assert page.locator('.tile[aria-current="true"]').get_attribute("aria-label").startswith("c → python, Scalars5")
    page.keyboard.press("Escape")
    assert focused(page).startswith("c → python, Scalars5")


def test_groups_are_rows_too(grouped, opened):
    page = opened(grouped(wrong=["Text1"]))
    page.click("#view >> text=programs")
    rows = page.eval_on_selector_all(
        ".grid >> nth=0 >> tbody th", "all => all.map(one => one.textContent.replace(/[▸▾]/, '').trim())"
    )
    assert rows == ["integer", "struct", "message", "stamp", "scalars 12", "packed 10", "text 3", "Text1"]


def test_runs_that_stand_for_many_sets_of_values_say_so(grouped, opened):
    report = grouped()
    page = opened(report, "#c/python/Scalars5/linux/data")
    runs = len(next(cell for cell in report.cells if cell.program == "Scalars5").runs)
    assert f"{16 * runs} sets of values" in page.inner_text("#detail")
    assert page.locator(".runs li >> text=× 16").count() == runs
    assert re.search(r"stands for\s+16 sets of values", page.inner_text(".facts"))
    assert "Bytes in memory, of the first set of values" in page.inner_text("#run")
    page.click("#run-1")
    assert "the run agreed, its own are not kept" in page.inner_text("#run")
    assert "never came to a store" not in page.inner_text("#run")
    assert f"{report.cases:,} sets of values" in page.inner_text("#sums")


def test_what_was_known_is_told_with_its_reason_and_where_the_time_went(grouped, opened):
    report = grouped(wrong=["Text1"])
    why = {"reason": "their struct is frozen", "link": "https://example.org/7"}
    cells = [cell if cell.green else structs.replace(cell, **why) for cell in report.cells]
    told = Expectations("x.toml", 2, [Unjudged(2, "its cells were not selected")])
    page = opened(replace(report, cells=cells, expectations=told))
    assert "deviated as was expected" in page.inner_text("#failures-title")
    page.click(".failure summary")
    assert "reason: their struct is frozen\nlink: https://example.org/7" in page.inner_text(".failure")
    assert page.get_by_role("button", name="c → python, group text, linux: 2 agreed, 1 known").inner_text() == "≈ 3/3"
    assert "linux: start 2.2 s, data 4.0 s" in page.inner_text("#rest")
    assert "not judged: x.toml, entry 2: its cells were not selected" in page.inner_text("#rest")


def test_a_partial_cell_says_what_was_looked_at(partly, opened):
    page = opened(partly, "#c/csharp/struct/linux/data")
    assert page.inner_text("#failures-title") == "Nothing differed, and not everything was looked at"
    assert "partial at load in linux, 1 cell: 6 of 6 fields read, 4 judged" in re.sub(
        r"\s+", " ", page.inner_text(".failure summary")
    )
    assert page.locator(".tile.partial").inner_text() == "◐ partial"
    assert page.inner_text(".sum.partial") == "◐ 1 partial"
    assert "6 of 6 fields read, 4 judged" in page.inner_text("#detail")
    assert "seed 77" in page.inner_text("#detail")
    page.check("#failing")
    assert shown_cells(page) == []


def test_a_report_of_the_usual_size_stays_small(grouped, opened):
    """Seventy layouts between two peers in two realms: below a megabyte, and only what is seen is drawn."""
    report = grouped(wrong=["Packed3"], groups={f"group{number}": 8 for number in range(9)})
    page = opened(report)
    assert len(report.cells) > 600
    assert len(page.evaluate("document.documentElement.outerHTML")) < 2_000_000
    assert page.locator(".tile").count() < 300
    page.keyboard.press("g")
    assert len(shown_cells(page)) == len(report.cells)


# --- a cell


def test_a_cell_shows_all_it_has(differing):
    page = differing()
    page.click(".tile[aria-label^='c → csharp, struct']")
    detail = page.inner_text("#detail")
    for words in (
        "c → csharp struct", "differs at describe", DIFFERING, "gcc 12.2.0", ".NET Core 3.1.23", "2 runs",
        "Numbers declared as double instead of float", "c with neither in 3", "float Numbers[50];",
        "samebytes matrix --peer c --peer csharp", "bundles/c-csharp-struct-linux-data.zip", "208 bytes, aligned to 4",
        "408 bytes, aligned to 8", "not_found", "size of MySharedData: the layout has 208, c.library has 408",
    ):  # fmt: skip
        assert words in detail
    assert page.evaluate("decodeURI(location.hash)") == f"#{DIFFERING}"


def test_the_byte_map_has_a_colour_for_each_leaf_and_shows_padding(differing):
    page = differing(f"#{DIFFERING}")
    colour = "elements => elements.map(element => getComputedStyle(element).backgroundColor)"
    bytes_ = page.locator(".map .byte")
    assert bytes_.count() == 208
    value, letter, number, odd = (
        set(page.eval_on_selector_all(f'.map [data-leaf="{leaf}"]', colour)) for leaf in (0, 1, 2, 3)
    )
    assert [len(each) for each in (value, letter, number, odd)] == [1, 1, 1, 1]
    assert len(value | letter | number | odd) == 4
    assert page.eval_on_selector_all(".map .padding", "all => all.map(one => Number(one.dataset.at))") == [6, 7]
    assert page.eval_on_selector_all(".map .stored", "all => all.map(one => Number(one.dataset.at))") == [
        48, 49, 50, 51, 91, 92, 93, 94, 95]  # fmt: skip
    page.hover('.map [data-at="49"]')
    assert page.inner_text(".info") == "byte 49: Numbers[10] (48, 4 bytes): expected 99, in memory 00, read 00"
    assert page.eval_on_selector_all(".map .lit", "all => all.length") == 4
    page.hover('.map [data-at="6"]')
    assert "padding, never compared" in page.inner_text(".info")
    assert "Numbers[50] 8–207" in re.sub(r"\s+", " ", page.inner_text(".legend"))


def test_the_dumps_stand_side_by_side_and_mark_what_differs(differing):
    page = differing(f"#{DIFFERING}")
    heads = page.eval_on_selector_all(".dump thead th", "all => all.map(one => one.textContent)")
    assert heads == ["at", "expected", "in memory, by c.library/accessor", "read by csharp.pythonnet/accessor"]
    rows = page.eval_on_selector_all(
        ".dump tbody tr",
        "rows => rows.map(row => [...row.querySelectorAll('th, .hex')].map(one => one.textContent.trim()))",
    )
    assert rows[0] == ["48", "9a 99 b9 3f 00 00 00 00", "00 00 00 00 00 00 00 00", "00 00 00 00 00 00 00 00"]
    assert [row[0] for row in rows] == ["48", "88"]
    assert page.eval_on_selector_all(".dump tbody tr:first-child mark", "all => all.length") == 8
    page.click("text=only the 2 rows that differ")
    assert page.locator(".dump tbody tr").count() == 26
    leaves = page.eval_on_selector_all(".leaves tbody tr", "rows => rows.map(row => row.cells[0].textContent)")
    assert leaves == ["Numbers[10]", "Numbers[20]", "Numbers[21]"]


def test_what_a_consumer_did_not_give_is_no_byte(lines_of, opened):
    page = opened(report_of(lines_of("misbehaving")), "#python/short/struct/linux/data")
    assert page.locator(".dump mark").first.inner_text() == "--"
    assert "nothing" in page.inner_text(".leaves tbody tr:first-child")


def test_a_run_that_ended_before_the_store_shows_the_layout_and_what_it_printed(lines_of, opened):
    page = opened(report_of(lines_of("misbehaving")), "#crashing/python/struct/linux/data")
    detail = page.inner_text("#detail")
    assert "crashing was ended by SIGKILL" in detail
    assert "about to die" in page.inner_text(".evidence")
    assert "it never came to a store" in detail
    assert page.locator(".map .byte").count() == 208
    assert page.locator(".map .stored").count() == 0


def test_a_text_has_its_length_in_front(lines_of, opened):
    page = opened(report_of(lines_of("agreed")), "#c/c/stamp/linux/data")
    page.hover('.map [data-at="9"]')
    assert page.inner_text(".info").startswith("byte 9: length of Text (8, 4 bytes)")
    assert page.locator(".map .padding").count() == 0


def test_markup_in_a_report_stays_text(lines_of, opened):
    lines = copy.deepcopy(lines_of("misbehaving"))
    evil = "</script><script>document.title='x'</script><img src=x onerror=\"document.title='y'\"><!--"
    cell = next(line for line in lines if line.get("verdict") == "crashed")
    cell["runs"][0].update(evidence=evil, message=evil, layout=evil, cause=evil)
    cell.update(repair=evil)
    lines[0]["host"]["system"] = evil
    page = opened(report_of(lines), f"#{cell['id']}")
    assert page.title().startswith("samebytes: 30 cells")
    assert evil in page.inner_text(".evidence")
    assert evil in page.inner_text(".note.repair")
    assert page.locator("img").count() == 0


# --- keyboard


def test_everything_is_reached_by_keys(differing):
    page = differing()
    page.keyboard.press("/")
    assert focused(page).startswith("filter cells")
    page.keyboard.type("struct")
    assert len(shown_cells(page)) == 4
    page.keyboard.press("Escape")
    assert len(shown_cells(page)) == 8
    page.keyboard.press("f")
    assert len(shown_cells(page)) == 3
    page.keyboard.press("f")
    page.focus('.grid .tile[tabindex="0"]')
    assert focused(page).startswith("c → c, struct")
    for key, place in (("ArrowRight", "c → c, stamp"), ("ArrowRight", "c → c, stamp"), ("ArrowDown", "c → csharp, stamp"),
                       ("ArrowLeft", "c → csharp, struct"), ("ArrowUp", "c → c, struct"), ("ArrowRight", "c → c, stamp")):  # fmt: skip
        page.keyboard.press(key)
        assert focused(page).startswith(place)
    page.keyboard.press("Enter")
    assert focused(page) == "cell-title"
    assert "c → c stamp" in page.inner_text("#cell-title")
    page.keyboard.press("Escape")
    assert page.is_hidden("#detail")
    assert focused(page).startswith("c → c, stamp")


def test_one_tab_stop_for_each_table(differing):
    page = differing()
    assert page.locator('.grid .tile[tabindex="0"]').count() == 1
    page.keyboard.press("f")
    assert page.locator('.grid .tile[tabindex="0"]:visible').count() == 1


def test_failing_cells_runs_and_bytes_are_walked(differing):
    page = differing()
    titles = []
    for key in "nnnnp":
        page.keyboard.press(key)
        titles.append(page.inner_text("#cell-title"))
    assert titles == ["c → c struct", "c → csharp struct", "csharp → c struct", "c → c struct", "csharp → c struct"]
    page.focus(".runs")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute(".runs", "aria-activedescendant") == "run-1"
    assert page.evaluate("location.hash").endswith(":1")
    page.focus('.map [data-at="0"]')
    for key, at in (
        ("ArrowRight", 1),
        ("ArrowDown", 17),
        ("ArrowLeft", 16),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 207),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.at") == str(at)
    assert "byte 207: Numbers[49]" in page.inner_text(".info")


def test_focus_can_be_seen(differing):
    page = differing()
    stops = 0
    while True:
        page.keyboard.press("Tab")
        name, style, width = page.evaluate(
            "(one => [one.tagName, getComputedStyle(one).outlineStyle, getComputedStyle(one).outlineWidth])(document.activeElement)"
        )
        if name == "BODY":
            break
        stops += 1
        assert (style, width) == ("solid", "2px"), name
    assert stops >= 12


def test_the_keys_are_told(differing):
    page = differing()
    page.keyboard.press("?")
    assert "next, previous failing cell" in page.inner_text("#help")
    page.keyboard.press("Escape")
    assert page.is_hidden("#help")


def test_names_and_roles(differing):
    page = differing(f"#{DIFFERING}")
    assert page.get_by_role("grid", name="linux: 3 of 8 cells failed").count() == 1
    assert page.get_by_role("listbox", name="runs").get_by_role("option").count() == 2
    assert page.get_by_role("grid", name="bytes in memory, coloured by leaf").get_by_role("gridcell").count() == 208
    assert page.get_by_role("button", name="c → csharp, struct, linux: differs at describe").count() == 1
    nameless = page.eval_on_selector_all(
        "button, input, a, [role=listbox], [role=grid]",
        "all => all.filter(one => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).length",
    )
    assert nameless == 0


# --- how it looks


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colours) => { canvas.clearRect(0, 0, 1, 1); for (const colour of colours) { canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1); } return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (colour) => { const [r, g, b] = colour.map((part) => { const x = part / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => { const found = []; for (let one = element; one; one = one.parentElement)
    found.unshift(getComputedStyle(one).backgroundColor); return found; };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const back = behind(element), one = light(rgb(back)), two = light(rgb([...back, getComputedStyle(element).color]));
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)]; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["differs", "misbehaving"])
def test_every_text_has_contrast_enough(lines_of, opened, scheme, name):
    """WCAG 2.2, 1.4.3: 4.5 to 1, for everything on the page and in an opened cell."""
    page = opened(report_of(lines_of(name)))
    page.emulate_media(color_scheme=scheme)
    page.keyboard.press("n")
    assert page.evaluate(CONTRAST) == []


def paper(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_dark_and_light_follow_the_system_and_the_switch(differing):
    page = differing()
    light = paper(page)
    page.emulate_media(color_scheme="dark")
    dark = paper(page)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(21, 24, 28)")
    page.click("#theme >> text=light")
    assert paper(page) == light
    page.reload()
    assert paper(page) == light
    page.emulate_media(color_scheme="light")
    page.click("#theme >> text=dark")
    assert paper(page) == dark
    page.click("#theme >> text=auto")
    assert paper(page) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_groups_have_contrast_enough_too(grouped, opened, scheme):
    page = opened(grouped(wrong=["Packed3"]))
    page.emulate_media(color_scheme=scheme)
    page.keyboard.press("g")
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [360, 800, 1150, 1920])
def test_nothing_stands_outside_at_any_width(differing, width):
    page = differing(width=width)
    page.keyboard.press("n")
    across = page.evaluate(
        "[document.getElementById('detail').scrollWidth, document.getElementById('detail').clientWidth]"
    )
    assert across[0] <= across[1]
    page.keyboard.press("Escape")
    tools = page.evaluate(
        "[...document.querySelectorAll('.top, .tools')].map(one => one.scrollWidth - one.clientWidth)"
    )
    assert tools == [0, 0]


def test_on_paper_it_is_light_and_without_tools(differing):
    page = differing(f"#{DIFFERING}")
    page.emulate_media(media="print", color_scheme="dark")
    assert paper(page) == "rgb(255, 255, 255)"
    assert page.is_hidden(".tools")
    assert page.is_visible(".map")


# --- several reports, large ones, none


def seen(page):
    """What a reader sees of the cells: everything but who ran."""
    return page.inner_text("#failures"), page.inner_text("#matrix"), page.inner_text("#sums"), shown_cells(page)


def test_merged_from_two_is_as_from_one_run(lines_of, split, opened):
    lines = lines_of("agreed")
    linux, windows = (report_of(split(lines, realm)) for realm in ("linux", "windows"))
    pages = [opened(report_of(lines)), opened(merge_reports({"w": windows, "l": linux}))]
    assert seen(pages[0]) == seen(pages[1])
    for identity in ("c/python/struct/windows/data", "python/c/message/linux/data"):
        texts = []
        for page in pages:
            page.evaluate(f"location.hash = {json.dumps(identity)}")
            page.wait_for_function(f"document.querySelector('#detail code')?.textContent === {json.dumps(identity)}")
            texts.append(page.inner_text("#detail"))
        assert texts[0] == texts[1]
        assert "Side by side" in texts[0]


def test_five_thousand_cells_open(lines_of, opened):
    base = report_of(lines_of("misbehaving"))
    cells = [
        structs.replace(cell, program=f"layout{number:03}")
        for number in range(334)
        for cell in base.cells
        if cell.program == "struct"
    ]
    page = opened(type(base)(base.hosts, cells, (), base.peers).sorted())
    assert page.locator(".tile").count() == len(cells) > 5000
    page.fill("#filter", "layout300 crashing")
    assert len(shown_cells(page)) == 2
    assert page.evaluate("document.getElementById('data').textContent.length") < 8_000_000


def test_a_report_with_nothing_but_what_it_must_have(lines_of, opened):
    """Every optional member left out, as another program may write it."""
    lines = [
        {
            key: value
            for key, value in line.items()
            if key in schema()["$defs"][TYPES[line["type"]].__name__]["required"]
        }
        for line in lines_of("misbehaving")
    ]
    required = schema()["$defs"]["RunLine"]["required"]
    for line in lines:
        line["runs"] = [{key: run[key] for key in required} for run in line.get("runs", ())]
    report = report_of(lines)
    assert render_matrix(report, Style(False))
    assert render_junit(report)
    assert render_markdown(report)
    page = opened(report)
    for tile in page.locator(".tile").all():
        tile.click()
    assert "crashing was ended by SIGKILL" in page.inner_text("#failures")


def test_a_report_without_cells(lines_of, opened):
    lines = lines_of("differs")
    page = opened(report_of([lines[0], *lines[-3:]]))
    assert "Nothing ran" in page.inner_text("#failures")
    assert "Wine is not installed" in page.inner_text("#rest")
