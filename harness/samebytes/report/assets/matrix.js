// The matrix: per realm a table of producers × consumers, or of programs × pairs, with a tile for every cell.

const FEW = 6; // as many programs have their names on every tile; of more, only those that failed

function drawMatrix() {
  const realms = report.realms.map((realm) => drawRealm(realm, report.cells.filter((cell) => cell.realm === realm)));
  const none = make("p", { id: "none", class: "quiet", hidden: true }, "No cell is left by the filter.");
  byId("matrix").replaceChildren(...realms, none);
}

function drawRealm(realm, cells) {
  const failed = cells.filter((cell) => cell.failed).length;
  const sum = failed ? `${failed} of ${counted(cells.length, "cell")} failed` : counted(cells.length, "cell");
  const checks = [...new Set(cells.map((cell) => cell.check))];
  return make("section", { class: "realm" },
    make("h2", {}, realm, make("span", { class: "quiet" }, sum)),
    checks.sort((one, other) => (other === "data") - (one === "data") || (one < other ? -1 : 1))
      .map((check) => drawCheck(check, `${realm}: ${sum}`, cells.filter((cell) => cell.check === check))),
    peersTable(report.peers[realm] || {}));
}

/** One check's table: the usual one, `data`, needs no name. */
function drawCheck(check, label, cells) {
  const table = state.view === "pairs" ? pairsTable(cells) : programsTable(cells);
  table.setAttribute("aria-label", check === "data" ? label : `${label}, ${check}`);
  return make("div", { class: "check" }, check === "data" ? null : make("h3", {}, check), table);
}

const distinct = (cells, name) => [...new Set(cells.map((cell) => cell[name]))];
const programsOf = (cells) => report.programs.filter((program) => cells.some((cell) => cell.program === program));

function pairsTable(cells) {
  const consumers = distinct(cells, "consumer").sort();
  const few = programsOf(cells).length <= FEW;
  const places = Map.groupBy(cells, (cell) => `${cell.producer}/${cell.consumer}`);
  const rows = distinct(cells, "producer").sort().map((producer) => make("tr", { role: "row" },
    make("th", { scope: "row", role: "rowheader" }, producer),
    consumers.map((consumer) => make("td", { role: "gridcell" },
      make("div", { class: few ? "tiles few" : "tiles" },
        (places.get(`${producer}/${consumer}`) || []).map((cell) => tile(cell, few || cell.failed)))))));
  const corner = make("th", { class: "corner" }, "producer ↓ consumer →");
  return grid("pairs", [corner, ...consumers.map((name) => make("th", { scope: "col", role: "columnheader" }, name))], rows);
}

function programsTable(cells) {
  const pairs = distinct(cells, "title");
  const places = new Map(cells.map((cell) => [`${cell.program}/${cell.title}`, cell]));
  const rows = programsOf(cells).map((program) => make("tr", { role: "row" },
    make("th", { scope: "row", role: "rowheader" }, program),
    pairs.map((pair) => {
      const cell = places.get(`${program}/${pair}`);
      return make("td", { role: "gridcell" }, cell ? tile(cell, false) : null);
    })));
  const heads = pairs.map((pair) => make("th", { scope: "col", role: "columnheader", class: "steep" }, make("span", {}, pair)));
  return grid("programs", [make("th", { class: "corner" }, "program"), ...heads], rows);
}

function grid(name, heads, rows) {
  return make("table", { class: `grid ${name}`, role: "grid", onkeydown: walk },
    make("thead", {}, make("tr", { role: "row" }, heads)), make("tbody", {}, rows));
}

/** A cell's tile: its sign, and its program's name where there is room. */
function tile(cell, named) {
  const words = `${cell.title}, ${cell.name}, ${cell.realm}: ${cell.verdict}${cell.stage ? ` at ${cell.stage}` : ""}`;
  return make("button", {
    type: "button", class: `tile ${cell.verdict}${named ? " named" : ""}`, tabindex: "-1", title: words, "aria-label": words,
    "data-cell": cell.number, onclick: () => openCell(cell.number),
  }, make("span", { "aria-hidden": "true" }, GLYPHS[cell.verdict] || "?"), named ? ` ${cell.program}` : null);
}

function walk(event) {
  if (!event.key.startsWith("Arrow") || !event.target.dataset.cell) return;
  event.preventDefault();
  const next = nearest(event.currentTarget.querySelectorAll(".tile:not([hidden])"), event.target, event.key);
  if (next) moveTabStop(next);
}

/** One tile of a table is reached by Tab, the others by arrows. */
function moveTabStop(tileElement) {
  for (const other of tileElement.closest("table").querySelectorAll('.tile[tabindex="0"]')) other.tabIndex = -1;
  tileElement.tabIndex = 0;
  tileElement.focus();
}

function settleTabStop() {
  for (const table of document.querySelectorAll("#matrix table.grid")) {
    if (table.querySelector('.tile[tabindex="0"]:not([hidden])')) continue;
    for (const stale of table.querySelectorAll('.tile[tabindex="0"]')) stale.tabIndex = -1;
    const first = table.querySelector(".tile:not([hidden])");
    if (first) first.tabIndex = 0;
  }
}

function peersTable(peers) {
  const names = Object.keys(peers).sort();
  if (!names.length) return null;
  const columns = ["language", "version", "target", "toolchain"];
  return make("table", { class: "peers", "aria-label": "peers" }, make("tbody", {}, names.map((name) => make("tr", {},
    make("th", { scope: "row" }, name), columns.map((column) => make("td", {}, peers[name][column] || ""))))));
}

/** What failed, alike together: the words once, and every cell they hold for. */
function drawFailures() {
  const title = make("h2", { id: "failures-title" }, report.groups.length ? "What did not agree" : "Every cell agreed");
  if (!report.cells.length) title.textContent = "Nothing ran";
  const blame = report.blame.length ? [make("ul", { class: "blame" }, report.blame.map((words) => make("li", {}, words)))] : [];
  byId("failures").replaceChildren(title, ...blame, ...report.groups.map((group, number) => {
    const cells = group.cells.map((each) => report.cells[each]);
    const items = cells.map((cell) => make("li", { "data-cell": cell.number }, make("button", {
      type: "button", class: "link", onclick: () => openCell(cell.number),
    }, `${cell.title} ${cell.name}`)));
    return make("details", { class: "failure", open: number < 4 },
      make("summary", {}, badge(cells[0].verdict), ` ${group.head}`),
      make("ul", { class: "cells" }, items),
      make("pre", { tabindex: "0", "aria-label": "why" }, group.lines.join("\n")));
  }));
}

function drawRest() {
  const skips = report.skips.length
    ? [make("h2", {}, "Not run"), make("ul", { class: "skips" }, report.skips.map((words) => make("li", {}, words)))] : [];
  const hosts = report.hosts.map((host) => make("li", {},
    `samebytes ${host.samebytes}, ${host.started.replace("T", " ").replace("Z", " UTC")}, ${host.seconds.toFixed(1)} s: `
    + `${host.system}, Python ${host.python}`));
  byId("rest").replaceChildren(...skips, make("h2", {}, "Who ran"), make("ul", { class: "hosts" }, hosts));
}
