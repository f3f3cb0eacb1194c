// Setting the page up: draw, listen, and open what the address names.

const THEMES = ["auto", "light", "dark"];
const KEEP = "samebytes-colours";

function kept() {
  try {
    return THEMES.includes(localStorage.getItem(KEEP)) ? localStorage.getItem(KEEP) : "auto";
  } catch {
    return "auto"; // a page from disk may have no storage
  }
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  try {
    localStorage.setItem(KEEP, name);
  } catch { /* then it holds until the page is closed */ }
}

function setView(name) {
  state.view = name;
  applyFilter();
}

const KEYS = {
  "/": () => { byId("filter").focus(); byId("filter").select(); },
  f: () => { byId("failing").click(); },
  g: () => byId("groups").click(),
  n: () => stepFailing(1),
  p: () => stepFailing(-1),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const typing = event.target === byId("filter");
  if (event.key === "Escape") leave(typing);
  else if (!typing && Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

/** Escape: out of the filter, emptying it; else out of the cell. */
function leave(typing) {
  if (!typing) {
    closeCell();
    return;
  }
  byId("filter").value = "";
  byId("filter").blur();
  onFilter();
}

function onFilter() {
  state.words = byId("filter").value;
  applyFilter();
}

/** How far below the window's edge a table's head stays: under the tools, which may take one line or two. */
function measure() {
  document.documentElement.style.setProperty("--stick", `${document.querySelector(".tools").offsetHeight}px`);
}

function printed() {
  for (const element of document.querySelectorAll("details.failure")) element.open = true;
}

drawSums();
drawFailures();
drawRest();
choice(byId("view"), ["pairs", "programs"], "pairs", setView);
choice(byId("theme"), THEMES, kept(), setTheme);
byId("filter").addEventListener("input", onFilter);
byId("failing").addEventListener("change", (event) => { state.failing = event.target.checked; applyFilter(); });
byId("groups").addEventListener("click", toggleGroups);
byId("help-button").addEventListener("click", KEYS["?"]);
document.addEventListener("keydown", onKey);
window.addEventListener("resize", measure);
window.addEventListener("hashchange", openFromAddress);
window.addEventListener("beforeprint", printed);
measure();
openFromAddress();
