// The report: cells and runs with long names, made from the embedded data when they are asked for.

const report = JSON.parse(document.getElementById("data").textContent);

const PASSING = new Set(["agreed", "known", "partial", "incompatible"]); // they fail no run
const HALVES = new Set(["partial", "incompatible"]); // and are not as they should be, either
const GLYPHS = {
  agreed: "✓", known: "≈", partial: "◐", incompatible: "⇎", differs: "≠", crashed: "✕", hung: "∞", leaked: "+", refused: "!", unsupported: "–",
};

report.cells.forEach((cell, number) => {
  cell.number = number;
  cell.failed = !PASSING.has(cell.verdict);
  cell.title = `${cell.producer} → ${cell.consumer}`;
  cell.words = `${cell.id} ${cell.name} ${cell.group} ${cell.verdict} ${cell.stage || ""}`.toLowerCase();
});

/** Hex text as a list of two-character bytes; "  " is a byte of which nothing is known, "--" one that is missing. */
function bytesOf(text) {
  return text.match(/../g) || [];
}

/** A run as people think of it: names, verdict, and the bytes expected, in memory, and as the consumer read them. */
function runOf(cell, number) {
  const small = cell.runs[number];
  const [layout, values, producer, consumer] = small.n.map((each) => report.texts[each]);
  const { described = {}, absent = null } = JSON.parse(report.texts[small.f]);
  const run = {
    cell, number, layout, values, producer, consumer, described, absent, size: small.z,
    verdict: small.v || "agreed", stage: small.t || "", message: small.m || "", evidence: small.o || "", cases: small.k || 1, notes: small.h || [],
    cause: small.c || "", differences: differencesOf(small),
    leaves: [], expected: [], memory: [], read: [], owners: [],
  };
  if ("e" in small) addBytes(run, small);
  else if ("b" in small) run.memory = bytesOf(report.texts[small.b]);
  return run;
}

function differencesOf(small) {
  const items = "d" in small ? report.texts[small.d] : [];
  return items.map((item) => report.texts[item]).map(([words, stage]) => ({ words, stage }));
}

function addBytes(run, small) {
  run.expected = bytesOf(report.texts[small.e]);
  run.memory = bytesOf(report.texts["b" in small ? small.b : small.p]);
  run.read = "y" in small ? bytesOf(report.texts[small.y]) : run.expected;
  if (run.read.every((byte) => byte === "  ")) run.read = []; // it never came to a load
  run.leaves = report.shapes[small.s].map((row, number) => leafOf(run, small, row, number));
  giveHues(run.leaves);
  const length = Math.max(run.expected.length, run.memory.length);
  run.owners = Array.from({ length }, () => []);
  for (const leaf of run.leaves) for (let at = leaf.offset; at < leaf.end && at < length; at++) run.owners[at].push(leaf);
}

function leafOf(run, small, [path, offset, width, length = false], number) {
  const end = width ? offset + width : run.expected.length;
  const leaf = { path, offset, width, length, end, number, word: "w" in small ? report.texts[small.w][number] : undefined };
  leaf.stored = !run.memory.length || same(run.expected, run.memory, offset, end);
  leaf.loaded = !run.read.length || (leaf.word === undefined && same(run.expected, run.read, offset, end));
  return leaf;
}

function same(one, other, from, to) {
  for (let at = from; at < to; at++) if (one[at] !== other[at] && one[at] !== "  ") return false;
  return true;
}

/** Every field has a hue of its own, an array one for all its elements; neighbours are far apart, and none is the red of an error. */
function giveHues(leaves) {
  const fields = new Map();
  for (const leaf of leaves) {
    leaf.field = leaf.path.split("[")[0];
    if (!fields.has(leaf.field)) fields.set(leaf.field, fields.size);
    leaf.hue = Math.round(65 + (185 + fields.get(leaf.field) * 173) % 280);
    leaf.odd = leaf.number % 2 === 1 && leaf.path !== leaf.field;
  }
}

/** What differs at a byte: "stored" the producer's, "read" the consumer's; padding never does. */
function faultsAt(run, at) {
  const wanted = run.expected[at];
  if (wanted === undefined || wanted === "  ") return { stored: false, read: false };
  return {
    stored: run.memory.length > 0 && run.memory[at] !== wanted,
    read: run.read.length > 0 && run.read[at] !== wanted,
  };
}
