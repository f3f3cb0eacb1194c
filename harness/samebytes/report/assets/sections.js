// Above and below the matrix: what failed, what was expected to deviate, what was not run, where the time went, who ran.

const SHOWN_ITEMS = 12; // cells that a failure lists at once; the rest by a click

/** What failed, alike together: the words once, and every cell they hold for. Only the first begins opened, so that the matrix is near. */
function drawFailures() {
  const title = make("h2", { id: "failures-title" }, report.groups.length ? "What did not agree" : "Every cell agreed");
  if (!report.cells.length) title.textContent = "Nothing ran";
  if (report.expected.length && !report.groups.length) title.textContent = "Every cell agreed, or deviated as was expected";
  if (report.covered.length && !report.groups.length) title.textContent = "Nothing differed, and not everything was looked at";
  if (report.apart.length && !report.groups.length) title.textContent = "Nothing differed, and not every ABI fits every other";
  const blame = report.blame.length ? [make("ul", { class: "blame" }, report.blame.map((words) => make("li", {}, words)))] : [];
  byId("failures").replaceChildren(title, ...blame,
    ...report.groups.map((group, number) => likeCells(group, number === 0)),
    ...report.covered.map((group) => likeCells(group, false)), ...report.apart.map((group) => likeCells(group, false)),
    ...report.expected.map((group) => likeCells(group, false)));
}

/** Cells of which the same is to be said. */
function likeCells(group, open) {
  const cells = group.cells.map((each) => report.cells[each]);
  const realms = distinct(cells, "realm").length;
  const item = (cell) => make("li", { "data-cell": cell.number }, make("button", {
    type: "button", class: "link", onclick: () => openCell(cell.number),
  }, `${cell.title} ${cell.name}${realms > 1 ? `, ${cell.realm}` : ""}`));
  const list = make("ul", { class: "cells" }, cells.slice(0, SHOWN_ITEMS).map(item));
  const rest = cells.slice(SHOWN_ITEMS);
  const more = rest.length ? make("button", { type: "button", class: "link more", onclick: () => {
    list.append(...rest.map(item));
    more.remove();
    applyFilter();
  } }, `and ${counted(rest.length, "more cell")}`) : null;
  return make("details", { class: "failure", open, "data-cells": group.cells.join(" ") },
    make("summary", {}, badge(cells[0].verdict), ` ${group.head}: `, make("span", { class: "about" }, group.about)), list, more,
    make("pre", { tabindex: "0", "aria-label": "why" }, group.lines.join("\n")));
}

function drawRest() {
  const list = (name, title, items) => (items.length ? [make("h2", {}, title), make("ul", { class: name }, items.map((words) => make("li", {}, words)))] : []);
  const hosts = report.hosts.map((host) => `samebytes ${host.samebytes}, ${host.started.replace("T", " ").replace("Z", " UTC")}, `
    + `${host.seconds.toFixed(1)} s: ${host.system}, Python ${host.python}`);
  byId("rest").replaceChildren(...list("skips", "Not run", report.skips), ...list("hosts", "Expectations", report.told),
    ...list("hosts", "Where the time went", report.times), ...list("hosts", "Who ran", hosts));
}
