// The bytes of a run: a map coloured by leaf, dumps side by side, and the leaves as a table.

const mapWidth = () => (innerWidth < 620 ? 8 : 16); // bytes in a row of the map
const DUMP_WIDTH = 8; // bytes in a row of a dump: three dumps stand beside each other
const LONG = 24; // rows above which a dump begins with only those that differ

/** Every byte in its place, in its leaf's colour; a line below says all about the one that is pointed at. */
function byteMap(run) {
  const length = run.owners.length;
  if (!length) return null;
  const info = make("p", { class: "info", role: "status" }, "Point at a byte, or walk with the arrow keys.");
  const bytes = run.owners.map((_, at) => mapByte(run, at));
  const rows = [];
  const width = mapWidth();
  for (let at = 0; at < length; at += width) {
    rows.push(make("div", { class: "map-row", role: "row" },
      make("span", { class: "offset", role: "rowheader" }, String(at)), bytes.slice(at, at + width)));
  }
  const map = make("div", { class: "map", role: "grid", "aria-label": "bytes in memory, coloured by leaf" }, rows);
  bytes[0].tabIndex = 0;
  const tell = (target) => {
    if (target.dataset.at === undefined) return;
    info.textContent = byteWords(run, Number(target.dataset.at));
    light(map, run.owners[Number(target.dataset.at)][0]);
  };
  map.addEventListener("pointerover", (event) => tell(event.target));
  map.addEventListener("focusin", (event) => tell(event.target));
  map.addEventListener("keydown", (event) => walkBytes(event, bytes, width));
  return make("div", { class: "map-box" }, map, info, legend(run, map));
}

function mapByte(run, at) {
  const [leaf] = run.owners[at];
  const { stored, read } = faultsAt(run, at);
  const kinds = ["byte", leaf ? "leaf" : "padding", leaf && leaf.odd ? "odd" : "", stored ? "stored" : "", read ? "read" : ""];
  return make("span", {
    class: kinds.filter(Boolean).join(" "), role: "gridcell", tabindex: "-1", "data-at": at, "--h": leaf ? leaf.hue : null,
    "data-leaf": leaf ? leaf.number : null, "aria-label": byteWords(run, at),
  }, shownByte(run.memory.length ? run.memory[at] : run.expected[at]));
}

const shownByte = (byte) => (byte === undefined || byte === "  " ? "··" : byte);

function walkBytes(event, bytes, width) {
  const at = bytes.indexOf(event.target);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: width, ArrowUp: -width }[event.key];
  const to = event.key === "Home" ? 0 : event.key === "End" ? bytes.length - 1 : step ? at + step : -1;
  if (at < 0 || !bytes[to]) return;
  event.preventDefault();
  bytes[at].tabIndex = -1;
  bytes[to].tabIndex = 0;
  bytes[to].focus();
}

function byteWords(run, at) {
  const owners = run.owners[at];
  const what = owners.length
    ? owners.map((leaf) => `${leaf.path} (${leaf.offset}, ${counted(leaf.end - leaf.offset, "byte")})`).join(" and ") : "padding, never compared";
  const values = [["expected", run.expected], ["in memory", run.memory], ["read", run.read]]
    .filter(([, bytes]) => bytes[at] && bytes[at] !== "  ").map(([name, bytes]) => `${name} ${bytes[at]}`);
  return `byte ${at}: ${what}${values.length ? `: ${values.join(", ")}` : ""}`;
}

function light(box, leaf) {
  for (const element of box.querySelectorAll(".lit")) element.classList.remove("lit");
  if (leaf) for (const element of box.querySelectorAll(`[data-leaf="${leaf.number}"]`)) element.classList.add("lit");
}

function legend(run, map) {
  const fields = Map.groupBy(run.leaves, (leaf) => leaf.field);
  const items = [...fields].sort(([, one], [, other]) => one[0].offset - other[0].offset).map(([name, leaves]) => make("li", {
    onpointerenter: () => { light(map); leaves.forEach((leaf) => lightMore(map, leaf)); }, onpointerleave: () => light(map),
  }, make("span", { class: "swatch leaf", "--h": leaves[0].hue }), leaves.length > 1 ? `${name}[${leaves.length}]` : name,
  make("span", { class: "quiet" }, ` ${leaves[0].offset}–${Math.max(...leaves.map((leaf) => leaf.end)) - 1}`)));
  const padded = run.owners.some((owners) => !owners.length);
  const padding = padded ? [make("li", {}, make("span", { class: "swatch padding" }), "padding")] : [];
  const marks = run.verdict === "agreed" ? [] : [
    make("li", {}, make("span", { class: "swatch stored" }), "stored wrong"), make("li", {}, make("span", { class: "swatch read" }), "read wrong")];
  return make("ul", { class: "legend" }, items, padding, marks);
}

function lightMore(box, leaf) {
  for (const element of box.querySelectorAll(`[data-leaf="${leaf.number}"]`)) element.classList.add("lit");
}

/** Expected, in memory, read: the same rows beside each other, with what differs marked. */
function dumps(run) {
  const length = run.owners.length || run.memory.length;
  if (!length) return null;
  const columns = [["expected", run.expected, () => false],
    [`in memory, by ${run.producer}`, run.memory, (at) => faultsAt(run, at).stored],
    [`read by ${run.consumer}`, run.read, (at) => faultsAt(run, at).read]].filter(([, bytes]) => bytes.length);
  const starts = Array.from({ length: Math.ceil(length / DUMP_WIDTH) }, (_, row) => row * DUMP_WIDTH);
  const differing = starts.filter((start) => rowDiffers(run, start));
  const body = make("tbody");
  const draw = (rows) => body.replaceChildren(...rows.map((start) => dumpRow(columns, start, length)));
  const short = starts.length > LONG && differing.length > 0 && differing.length < starts.length;
  draw(short ? differing : starts);
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "at"), columns.map(([name]) => make("th", { scope: "col" }, name))));
  const less = short ? lessSwitch(`only the ${counted(differing.length, "row")} that differ`, (on) => draw(on ? differing : starts)) : null;
  return make("div", {}, less, make("div", { class: "wide" }, make("table", { class: "dump" }, head, body)));
}

function rowDiffers(run, start) {
  for (let at = start; at < start + DUMP_WIDTH; at++) {
    const { stored, read } = faultsAt(run, at);
    if (stored || read) return true;
  }
  return false;
}

function dumpRow(columns, start, length) {
  return make("tr", {}, make("th", { scope: "row" }, String(start)), columns.map(([, bytes, wrong]) => {
    const cells = [];
    let text = "";
    for (let at = start; at < Math.min(start + DUMP_WIDTH, length); at++) {
      const byte = bytes[at] ?? "  ";
      const shown = shownByte(byte);
      cells.push(wrong(at) ? make("mark", {}, shown) : shown === byte ? byte : make("span", { class: "quiet" }, shown), " ");
      text += letter(byte);
    }
    return make("td", {}, make("span", { class: "hex" }, cells), make("span", { class: "letters", "aria-hidden": "true" }, text));
  }));
}

function letter(byte) {
  const code = parseInt(byte, 16);
  return code >= 32 && code < 127 ? String.fromCharCode(code) : byte === "  " ? " " : "·";
}

function lessSwitch(words, change) {
  const box = make("input", { type: "checkbox", checked: true, onchange: () => change(box.checked) });
  return make("label", { class: "switch" }, box, ` ${words}`);
}

/** Every leaf with its three values; where some differ, these first. */
function leavesTable(run) {
  const leaves = run.leaves.filter((leaf) => !leaf.length);
  if (!leaves.length) return null;
  const wrong = leaves.filter((leaf) => !leaf.stored || !leaf.loaded);
  const body = make("tbody");
  const draw = (rows) => body.replaceChildren(...rows.map((leaf) => leafRow(run, leaf)));
  const short = wrong.length > 0 && wrong.length < leaves.length;
  draw(short ? wrong : leaves);
  const heads = ["leaf", "at", "bytes", "expected", "in memory", "read"].map((name) => make("th", { scope: "col" }, name));
  const table = make("table", { class: "leaves" }, make("thead", {}, make("tr", {}, heads)), body);
  const less = short ? lessSwitch(`only the ${wrong.length} of ${leaves.length} that differ`, (on) => draw(on ? wrong : leaves)) : null;
  return make("details", { open: short }, make("summary", {}, counted(leaves.length, "leaf").replace("leafs", "leaves")),
    less, make("div", { class: "wide" }, table));
}

function leafRow(run, leaf) {
  const part = (bytes) => bytes.slice(leaf.offset, leaf.end).join(" ");
  const read = leaf.word === null ? "nothing" : run.read.length ? part(run.read) || leaf.word : "";
  const bits = typeof leaf.word === "string" ? `as bits: ${leaf.word}` : null;
  return make("tr", {}, make("th", { scope: "row" }, make("span", { class: "swatch leaf", "--h": leaf.hue }), leaf.path),
    make("td", {}, String(leaf.offset)), make("td", {}, String(leaf.end - leaf.offset)), make("td", {}, part(run.expected)),
    make("td", {}, leaf.stored ? part(run.memory) : make("mark", {}, part(run.memory) || "nothing")),
    make("td", { title: bits }, leaf.loaded ? read : make("mark", {}, read || "nothing")));
}
