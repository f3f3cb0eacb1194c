// Which cells are shown: words, verdicts, only failures. The state is small, and everything is drawn from it.

const state = {
  words: "", failing: false, verdicts: new Set(), view: "pairs", open: -1, run: -1,
  groups: new Set(), // those that are opened, as realm/check/group
  stops: new Map(), // by table: what in it is reached by Tab
};

/** Every word must stand in the cell's identity, program, verdict or stage; one with a minus in front must not. */
function matches(cell, terms) {
  return terms.every((term) => (term[0] === "-" && term.length > 1
    ? !cell.words.includes(term.slice(1))
    : cell.words.includes(term)));
}

function shownCells() {
  const terms = state.words.toLowerCase().split(/\s+/).filter(Boolean);
  return new Set(report.cells.filter((cell) =>
    (!state.failing || cell.failed)
    && (state.verdicts.size === 0 || state.verdicts.has(cell.verdict))
    && matches(cell, terms)).map((cell) => cell.number));
}

/** The sums, each a button that shows only those cells. */
function drawSums() {
  const cases = report.cases ? make("span", { class: "quiet" }, `, ${valuesWords(report.cases)}`) : null;
  const total = make("span", { class: "total" }, counted(report.cells.length, "cell"), cases);
  const buttons = Object.entries(report.verdicts).map(([verdict, number]) => make("button", {
    type: "button", class: `sum ${verdict}`, "aria-pressed": "false",
    onclick: (event) => {
      const on = !state.verdicts.delete(verdict);
      if (on) state.verdicts.add(verdict);
      event.currentTarget.setAttribute("aria-pressed", String(on));
      applyFilter();
    },
  }, make("span", { "aria-hidden": "true" }, GLYPHS[verdict] || "?"), ` ${number} ${verdict}`));
  const skipped = report.skips.length ? [make("a", { href: "#rest", class: "quiet" }, `${report.skips.length} not run`)] : [];
  byId("sums").replaceChildren(total, ...buttons, ...skipped);
}

/** Show what is asked for: the matrix is drawn anew, a failure is hidden when none of its cells is left. */
function applyFilter() {
  const shown = shownCells();
  for (const item of document.querySelectorAll("#failures [data-cell]")) item.hidden = !shown.has(Number(item.dataset.cell));
  for (const part of document.querySelectorAll(".failure")) {
    part.hidden = !part.dataset.cells.split(" ").some((number) => shown.has(Number(number)));
  }
  const all = report.cells.length;
  byId("shown").textContent = shown.size === all ? counted(all, "cell") : `${shown.size} of ${counted(all, "cell")}`;
  drawMatrix();
}
