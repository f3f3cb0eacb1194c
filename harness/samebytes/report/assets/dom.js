// Making elements. Text is always text: nothing of a report becomes markup.

/** An element: `make("td", { class: "x", onclick: f }, "text", element, …)`. An attribute that is null or false is left out. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) element.style.setProperty(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const byId = (id) => document.getElementById(id);
const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const valuesWords = (cases) => `${thousands(cases)} ${cases === 1 ? "set" : "sets"} of values`;

/** A verdict with its sign: never by colour alone. */
function badge(verdict, stage = "") {
  const words = stage ? `${verdict} at ${stage}` : verdict;
  return make("span", { class: `badge ${verdict}` }, make("span", { "aria-hidden": "true" }, GLYPHS[verdict] || "?"), ` ${words}`);
}

/** A row of choices of which one is on; arrow keys move, as in every group of radio buttons. */
function choice(element, names, chosen, choose) {
  const buttons = names.map((name) =>
    make("button", { type: "button", role: "radio", onclick: () => pick(name) }, name));
  function pick(name) {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-checked", String(names[at] === name));
      button.tabIndex = names[at] === name ? 0 : -1;
    });
    choose(name);
  }
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
  element.replaceChildren(...buttons);
  pick(chosen);
}

/** A block of text with a button that copies it. */
function copyable(text, className = "") {
  const button = make("button", { type: "button", class: "copy", onclick: copy }, "copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(block);
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1200);
  }
  const block = make("pre", { class: className, tabindex: "0" }, text);
  return make("div", { class: "copyable" }, block, button);
}

/** Arrow keys over elements that stand anywhere: the nearest one in that direction. */
function nearest(elements, from, key) {
  const start = from.getBoundingClientRect();
  const across = key === "ArrowUp" || key === "ArrowDown";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  let best = null;
  let least = Infinity;
  for (const element of elements) {
    const box = element.getBoundingClientRect();
    const along = sign * (across ? box.top - start.top : box.left - start.left);
    const aside = Math.abs(across ? box.left - start.left : box.top - start.top);
    if (element === from || along < 3 || box.width === 0) continue;
    const cost = along + aside * (across ? 2 : 20);
    if (cost < least) [best, least] = [element, cost];
  }
  return best;
}
