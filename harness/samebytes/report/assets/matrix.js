// The matrix: for every realm and check a table of pairs × columns. A column is a program, or a group that opens into its layouts.

const NARROW = 14; // as many columns have their names across; of more, upwards
const SHOWN_FAILING = 8; // layouts of a closed group that stand beside it because something failed in them
const FEW_LEFT = 6; // where a filter leaves as few layouts of a group, they stand in its place

const distinct = (cells, name) => [...new Set(cells.map((cell) => cell[name]))];
const placeOf = (cell) => `${cell.realm}/${cell.check}/${cell.group}`;

/** Draw what the filter leaves; what had the focus has it again, as long as it is still there. */
function drawMatrix() {
  const shown = shownCells();
  const focused = document.activeElement?.dataset.key;
  const realms = report.realms.map((realm) => drawRealm(realm, report.cells.filter((cell) => cell.realm === realm), shown));
  const none = make("p", { id: "none", class: "quiet", hidden: shown.size > 0 }, "No cell is left by the filter.");
  byId("matrix").replaceChildren(...realms.filter(Boolean), none);
  settleTabStops();
  markOpenCell();
  const again = focused && document.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (again) again.focus({ preventScroll: true });
  labelGroupsButton();
}

function drawRealm(realm, cells, shown) {
  const failed = cells.filter((cell) => cell.failed).length;
  const sum = failed ? `${failed} of ${counted(cells.length, "cell")} failed` : counted(cells.length, "cell");
  const checks = distinct(cells, "check").sort((one, other) => (other === "data") - (one === "data") || (one < other ? -1 : 1));
  const tables = checks.map((check) => drawCheck(check, `${realm}: ${sum}`, cells.filter((cell) => cell.check === check), shown));
  if (!tables.some(Boolean)) return null;
  return make("section", { class: "realm" },
    make("h2", {}, realm, make("span", { class: "quiet" }, sum)), tables, peersTable(report.peers[realm] || {}));
}

/** One check's table, or nothing if the filter leaves none of its cells. The usual check, `data`, needs no name. */
function drawCheck(check, label, cells, shown) {
  const left = cells.filter((cell) => shown.has(cell.number));
  if (!left.length) return null;
  const columns = columnsOf(cells, left);
  const pairs = distinct(left, "title");
  const table = state.view === "pairs" ? pairsTable(pairs, columns) : programsTable(pairs, columns);
  table.setAttribute("aria-label", check === "data" ? label : `${label}, ${check}`);
  return make("div", { class: "check" }, check === "data" ? null : make("h3", {}, check), table);
}

/** Programs and groups in order, a group with those of its layouts behind it that are to be seen. */
function columnsOf(cells, left) {
  const groups = Map.groupBy(cells.filter((cell) => cell.group), (cell) => cell.group);
  const whole = new Map([...groups].map(([name, own]) => [name, distinct(own, "program").length]));
  const byProgram = Map.groupBy(left, (cell) => cell.program);
  const columns = [];
  const drawn = new Set();
  for (const program of report.programs) {
    const own = byProgram.get(program);
    if (!own) continue;
    const group = own[0].group;
    if (!group || whole.get(group) === 1) columns.push(columnOf(program, own));
    else if (!drawn.has(group)) {
      drawn.add(group);
      columns.push(...groupColumns(group, left.filter((cell) => cell.group === group), whole.get(group)));
    }
  }
  return columns;
}

const columnOf = (name, cells, more = {}) => ({ name, byPair: Map.groupBy(cells, (cell) => cell.title), ...more });

function groupColumns(group, cells, whole) {
  const place = placeOf(cells[0]);
  const open = state.groups.has(place);
  const layouts = Map.groupBy(cells, (cell) => cell.program);
  const failing = [...layouts.keys()].filter((name) => layouts.get(name).some((cell) => cell.failed));
  if (layouts.size < whole && layouts.size <= FEW_LEFT) return [...layouts].map(([name, own]) => columnOf(name, own));
  const seen = open ? [...layouts.keys()] : failing.slice(0, SHOWN_FAILING);
  const head = columnOf(group, cells, { place, open, layouts: layouts.size });
  return [head, ...seen.map((name) => columnOf(name, layouts.get(name), { inside: true }))];
}

function pairsTable(pairs, columns) {
  const steep = columns.length > NARROW;
  const heads = columns.map((column) => make("th", {
    scope: "col", role: "columnheader", class: `${steep ? "steep" : ""}${lineClass(column)}` }, make("span", {}, headOf(column))));
  const rows = pairs.map((pair) => make("tr", { role: "row" },
    make("th", { scope: "row", role: "rowheader" }, pair), columns.map((column) => place(column, pair, !steep))));
  return grid("pairs", [make("th", { class: "corner" }, "producer → consumer"), ...heads], rows);
}

function programsTable(pairs, columns) {
  const heads = pairs.map((pair) => make("th", { scope: "col", role: "columnheader", class: "steep" }, make("span", {}, pair)));
  const rows = columns.map((column) => make("tr", { role: "row" },
    make("th", { scope: "row", role: "rowheader", class: lineClass(column) }, headOf(column)),
    pairs.map((pair) => place(column, pair, false))));
  return grid("programs", [make("th", { class: "corner" }, "program"), ...heads], rows);
}

const lineClass = (column) => (column.place ? " group" : column.inside ? " inside" : "");

/** A program's name, or a group's as a button that opens and closes it. */
function headOf(column) {
  if (!column.place) return column.name;
  return make("button", {
    type: "button", class: "toggle", tabindex: "-1", "aria-expanded": String(column.open), "data-key": `${column.place}|`,
    title: `${column.open ? "close" : "open"} the group: ${counted(column.layouts, "layout")}`, onclick: () => toggleGroup(column.place),
  }, make("span", { "aria-hidden": "true" }, column.open ? "▾" : "▸"), ` ${column.name} `, make("span", { class: "quiet" }, String(column.layouts)));
}

function place(column, pair, wide) {
  const cells = column.byPair.get(pair) || [];
  const inner = !cells.length ? null : column.place ? tally(column, pair, cells) : tile(cells[0], wide);
  return make("td", { role: "gridcell", class: lineClass(column).trim() || null }, inner);
}

function grid(name, heads, rows) {
  return make("table", { class: `grid ${name}`, role: "grid", onkeydown: walk },
    make("thead", {}, make("tr", { role: "row" }, heads)), make("tbody", {}, rows));
}

/** A cell's tile: its sign, and its verdict where it is not the usual one and there is room. */
function tile(cell, wide) {
  const words = `${cell.title}, ${cell.name}, ${cell.realm}: ${cell.verdict}${cell.stage ? ` at ${cell.stage}` : ""}`;
  return make("button", {
    type: "button", class: `tile ${cell.verdict}`, tabindex: "-1", title: words, "aria-label": words,
    "data-cell": cell.number, "data-key": String(cell.number), onclick: () => openCell(cell.number),
  }, make("span", { "aria-hidden": "true" }, GLYPHS[cell.verdict] || "?"), wide && cell.verdict !== "agreed" ? ` ${cell.verdict}` : null);
}

/** What came of a group between one pair: how many did as they should, of how many. A click opens the group. */
function tally(column, pair, cells) {
  const verdicts = Map.groupBy(cells, (cell) => cell.verdict);
  const counts = [...verdicts].map(([verdict, own]) => `${own.length} ${verdict}`).join(", ");
  const worst = (cells.find((cell) => cell.failed) || cells.find((cell) => HALVES.has(cell.verdict)) || cells.find((cell) => cell.verdict !== "agreed") || cells[0]).verdict;
  const words = `${pair}, group ${column.name}, ${cells[0].realm}: ${counts}`;
  const good = cells.filter((cell) => !cell.failed && !HALVES.has(cell.verdict)).length;
  return make("button", {
    type: "button", class: `tile tally ${worst}`, tabindex: "-1", title: words, "aria-label": words, "aria-expanded": String(column.open),
    "data-key": `${column.place}|${pair}`, onclick: () => toggleGroup(column.place),
  }, make("span", { "aria-hidden": "true" }, GLYPHS[worst] || "?"), ` ${good}/${cells.length}`);
}

function toggleGroup(name) {
  if (!state.groups.delete(name)) state.groups.add(name);
  drawMatrix();
}

const everyGroup = () => new Set(report.cells.filter((cell) => cell.group).map(placeOf));

/** Open every group, or close them all if there is none left to open. */
function toggleGroups() {
  const every = everyGroup();
  state.groups = state.groups.size < every.size ? every : new Set();
  drawMatrix();
}

function labelGroupsButton() {
  const every = everyGroup();
  byId("groups").hidden = !every.size;
  byId("groups").textContent = state.groups.size < every.size ? "open groups" : "close groups";
}

/** That there is a tile of the cell: its group is opened if it has none. */
function reveal(cell) {
  if (!cell.group || tileOf(cell.number) || !shownCells().has(cell.number)) return;
  state.groups.add(placeOf(cell));
  drawMatrix();
}

const tileOf = (number) => document.querySelector(`.tile[data-cell="${number}"]`);

function markOpenCell() {
  for (const element of document.querySelectorAll('#matrix [aria-current="true"]')) element.removeAttribute("aria-current");
  const mark = tileOf(state.open);
  if (mark) mark.setAttribute("aria-current", "true");
  return mark;
}

function walk(event) {
  if (!event.key.startsWith("Arrow") || !event.target.dataset.key) return;
  event.preventDefault();
  const next = nearest(event.currentTarget.querySelectorAll(".tile, .toggle"), event.target, event.key);
  if (next) moveTabStop(next);
}

/** One tile of a table is reached by Tab, the others by arrows. */
function moveTabStop(target) {
  for (const other of target.closest("table").querySelectorAll('[data-key][tabindex="0"]')) other.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
  state.stops.set(target.closest("table").getAttribute("aria-label"), target.dataset.key);
}

function settleTabStops() {
  for (const table of document.querySelectorAll("#matrix table.grid")) {
    const kept = state.stops.get(table.getAttribute("aria-label"));
    const stop = (kept && table.querySelector(`[data-key="${CSS.escape(kept)}"]`)) || table.querySelector(".tile");
    stop.tabIndex = 0;
  }
}

function peersTable(peers) {
  const names = Object.keys(peers).sort();
  if (!names.length) return null;
  const columns = ["language", "version", "target", "toolchain"];
  return make("table", { class: "peers", "aria-label": "peers" }, make("tbody", {}, names.map((name) => make("tr", {},
    make("th", { scope: "row" }, name), columns.map((column) => make("td", {}, peers[name][column] || "")),
    make("td", {}, peers[name].cannot_tell ? `does not tell: ${peers[name].cannot_tell}` : "")))));
}
