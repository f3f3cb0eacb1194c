// One cell, opened: what came of it, who took part, its runs, and the bytes of one of them.

const STAGE_SHOWN = 8; // differences of a stage that are told at once; the rest by a click

/** Open a cell. `run` is which of its runs is shown; without it, the one that decided. */
function openCell(number, run = -1) {
  const cell = report.cells[number];
  if (!cell) return;
  state.open = number;
  state.run = run >= 0 && run < cell.runs.length ? run : cell.worst;
  reveal(cell);
  const mark = markOpenCell();
  const detail = byId("detail");
  detail.hidden = false;
  document.body.classList.add("open");
  detail.replaceChildren(...drawCell(cell));
  detail.scrollTop = 0;
  if (mark) mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  remember();
  byId("cell-title").focus({ preventScroll: true });
}

function closeCell() {
  if (state.open < 0) return;
  const back = tileOf(state.open);
  state.open = -1;
  byId("detail").hidden = true;
  byId("detail").replaceChildren();
  document.body.classList.remove("open");
  markOpenCell();
  remember();
  if (back) moveTabStop(back);
}

/** The failing cell after this one among those that are shown, or before it. */
function stepFailing(step) {
  const shown = shownCells();
  const failing = report.cells.filter((cell) => cell.failed && shown.has(cell.number));
  if (!failing.length) return;
  const later = failing.findIndex((cell) => cell.number >= state.open);
  const here = later >= 0 && failing[later].number === state.open;
  const at = state.open < 0 ? (step > 0 ? 0 : -1) : step > 0 ? (later < 0 ? 0 : later + (here ? 1 : 0)) : (later < 0 ? -1 : later - 1);
  openCell(failing[(at + failing.length) % failing.length].number);
}

/** The address says what is open, so that it can be sent to somebody with the file. */
function remember() {
  const cell = report.cells[state.open];
  const place = cell ? `#${encodeURI(cell.id)}${state.run === cell.worst ? "" : `:${state.run}`}` : "#";
  history.replaceState(null, "", place);
}

function openFromAddress() {
  const [id, run] = decodeURI(location.hash.slice(1)).split(/:(?=\d+$)/);
  const cell = report.cells.find((each) => each.id === id);
  if (cell) openCell(cell.number, run === undefined ? -1 : Number(run));
}

function drawCell(cell) {
  const button = (words, label, act) => make("button", { type: "button", class: "plain", title: label, "aria-label": label, onclick: act }, words);
  const steps = report.groups.length
    ? [button("‹", "previous failing cell (p)", () => stepFailing(-1)), button("›", "next failing cell (n)", () => stepFailing(1))] : [];
  return [
    make("header", {}, make("h2", { id: "cell-title", tabindex: "-1" }, cell.title, make("span", { class: "program" }, ` ${cell.name}`)),
      badge(cell.verdict, cell.stage), make("span", { class: "spring" }), ...steps, button("×", "close (Esc)", closeCell)),
    make("p", { class: "quiet" }, make("code", {}, cell.id), ` · ${cell.seconds.toFixed(3)} s`,
      cell.cases > 1 && cell.check === "data" ? ` · ${valuesWords(cell.cases)}` : null, cell.group ? ` · group ${cell.group}` : null),
    ...cell.notes.map(([name, text]) => note(name, text)),
    takingPart(cell),
    ...(cell.runs.length ? [runsList(cell), make("section", { id: "run", "aria-label": "run" }, drawRun(runOf(cell, state.run)))]
      : [make("p", {}, cell.message || "Nothing was run.")]),
  ];
}

function note(name, text) {
  const code = name === "repair" || name === "repro" || name === "bundle";
  return make("div", { class: `note ${name}` }, make("h3", {}, name), code ? copyable(text) : make("p", {}, text));
}

function takingPart(cell) {
  const peers = report.peers[cell.realm] || {};
  const row = (role, name) => {
    const { language = "", version = "", target = "", toolchain = "" } = peers[name] || {};
    return make("tr", {}, make("th", { scope: "row" }, role), [name, language, version, target, toolchain].map((text) => make("td", {}, text)));
  };
  return make("div", { class: "wide" }, make("table", { class: "peers", "aria-label": "who took part" },
    make("tbody", {}, row("producer", cell.producer), row("consumer", cell.consumer))));
}

function runsList(cell) {
  const options = cell.runs.map((_, number) => {
    const run = runOf(cell, number);
    return make("li", { role: "option", id: `run-${number}`, "data-run": number, onclick: () => pickRun(cell, number) },
      make("span", {}, run.layout || "–"), make("span", {}, run.values || "–"), make("span", {}, `${run.producer} → ${run.consumer}`),
      make("span", { class: "quiet", title: run.cases > 1 ? `stands for ${valuesWords(run.cases)}` : null }, run.cases > 1 ? `× ${run.cases}` : ""),
      badge(run.verdict, run.stage && run.verdict !== "agreed" ? run.stage : ""));
  });
  const list = make("ul", { class: "runs", role: "listbox", tabindex: "0", "aria-label": "runs", onkeydown: (event) => {
    const to = { ArrowDown: state.run + 1, ArrowUp: state.run - 1, Home: 0, End: cell.runs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (cell.runs[to]) pickRun(cell, to);
  } }, options);
  markRun(list);
  const wrong = cell.runs.filter((run) => run.v).length;
  const sum = wrong ? `, ${wrong} of them did not agree` : "";
  return make("div", {}, make("h3", {}, counted(cell.runs.length, "run"), make("span", { class: "quiet" }, sum)), list);
}

function pickRun(cell, number) {
  state.run = number;
  markRun(document.querySelector(".runs"));
  byId("run").replaceChildren(...drawRun(runOf(cell, number)));
  remember();
}

function markRun(list) {
  for (const option of list.children) option.setAttribute("aria-selected", String(Number(option.dataset.run) === state.run));
  list.setAttribute("aria-activedescendant", `run-${state.run}`);
  const chosen = list.children[state.run];
  requestAnimationFrame(() => { // inside the list only: the pane stays where it is
    if (chosen.offsetTop < list.scrollTop) list.scrollTop = chosen.offsetTop;
    const below = chosen.offsetTop + chosen.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  });
}

function drawRun(run) {
  const told = new Map(run.cell.notes).get("cause");
  const part = (title, body) => (body ? [make("h3", {}, title), body] : []);
  return [
    ...runFacts(run),
    ...(run.message ? [make("pre", { class: "message", tabindex: "0" }, run.message)] : []),
    ...(run.cause && run.cause !== told ? [note("cause", run.cause)] : []),
    ...part("Differences", differencesList(run)),
    ...part(bytesTitle(run), byteMap(run)),
    ...part("Side by side", dumps(run)),
    ...(run.leaves.length ? [leavesTable(run)] : []),
    ...part("What the processes printed", run.evidence ? copyable(run.evidence, "evidence") : null),
  ].filter(Boolean);
}

/** Whose bytes they are. Of runs that agreed alike only the first one's are kept. */
function bytesTitle(run) {
  if (run.memory.length) return run.cases > 1 ? "Bytes in memory, of the first set of values" : "Bytes in memory";
  return run.verdict === "agreed" ? "Bytes by the layout; the run agreed, its own are not kept" : "Bytes by the layout; it never came to a store";
}

function runFacts(run) {
  const facts = [];
  if (run.size) facts.push(["by the layout", `${run.layout}, ${counted(run.size, "byte")}`]);
  if (run.cases > 1) facts.push(["stands for", `${valuesWords(run.cases)}, which came to the same`]);
  if (run.size && !run.owners.length && !run.memory.length && run.verdict === "agreed") facts.push(["bytes", "all agreed, and are not kept"]);
  facts.push(...run.notes.map((words) => ["note", words]));
  for (const [role, side] of Object.entries(run.described)) {
    const words = side ? `${counted(side.size, "byte")}${side.align ? `, aligned to ${side.align}` : ""}` : "declares nothing";
    facts.push([`${role}’s compiler`, side && side.size !== run.size ? make("mark", {}, words) : words]);
  }
  if (run.absent) {
    const { kind, code, native } = run.absent;
    const more = [code, native].filter(Boolean).join(", ");
    facts.push(["before creation", `${kind ?? "opened"}${more ? ` (${more})` : ""}`]);
  }
  return facts.length ? [make("dl", { class: "facts" }, facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))] : [];
}

function differencesList(run) {
  if (!run.differences.length) return null;
  const stages = Map.groupBy(run.differences, (difference) => difference.stage);
  return make("div", { class: "differences" }, [...stages].map(([stage, all]) => {
    const line = (difference) => make("li", {}, difference.words);
    const list = make("ul", {}, all.slice(0, STAGE_SHOWN).map(line));
    const rest = all.slice(STAGE_SHOWN);
    const more = rest.length ? make("button", { type: "button", class: "link", onclick: () => {
      list.append(...rest.map(line));
      more.remove();
    } }, `and ${rest.length} more`) : null;
    return make("div", {}, make("h4", {}, stage), list, more);
  }));
}
