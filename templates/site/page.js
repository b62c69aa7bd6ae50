// The page says everything without this script; it adds search, order and "in 3 hours".
"use strict";

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function relative(seconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return WORDS.format(Math.trunc(seconds / size), unit);
}

function sayHowLong() {
  for (const time of document.querySelectorAll("time")) {
    const at = Date.parse(time.dateTime);
    const told = relative((at - Date.now()) / 1000);
    time.title = told;
    if (time.closest(".badge, header")) time.textContent = `${time.textContent} (${told})`;
  }
}

function filterRows(table, form) {
  const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.kinds !== undefined);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const query = form.querySelector("#query");
  const counted = form.querySelector("#counted");
  const all = `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "model" : "models"}`;
  const boxes = [...form.querySelectorAll("[name=kind]")];
  const apply = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = boxes.filter((box) => box.checked).map((box) => box.value);
    let shown = 0;
    for (const row of rows) {
      const has = row.dataset.kinds.split(" ");
      const fits = words.every((word) => texts.get(row).includes(word))
        && (kinds.length === 0 || kinds.some((kind) => has.includes(kind)));
      row.hidden = !fits;
      shown += fits;
    }
    counted.textContent = `${shown.toLocaleString("en")} of ${all}`;
    const state = new URLSearchParams();
    if (query.value) state.set("q", query.value);
    for (const kind of kinds) state.append("kind", kind);
    history.replaceState(null, "", state.size ? `#?${state}` : location.pathname + location.search);
  };
  if (location.hash.startsWith("#?")) {
    const state = new URLSearchParams(location.hash.slice(2));
    query.value = state.get("q") ?? "";
    for (const box of boxes) box.checked = state.getAll("kind").includes(box.value);
    apply();
  } else {
    counted.textContent = all;
  }
  form.addEventListener("input", () => requestAnimationFrame(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

function sortRows(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const keyOf = (row, column) => (column === 0
    ? row.cells[0].textContent.trim()
    : row.cells[column].dataset.since ?? "");
  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // Who asks for an environment first wants what changed last.
      const first = column === 0 ? "ascending" : "descending";
      const other = column === 0 ? "descending" : "ascending";
      const order = head.ariaSort === first ? other : first;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.ariaSort = order;
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
      rows.sort(([a], [b]) => sign * (a < b ? -1 : a > b ? 1 : 0));
      body.append(...rows.map(([, row]) => row));
    });
  }
}

sayHowLong();
const table = document.querySelector("#table");
if (table && table.tBodies[0].querySelector("[data-kinds]")) {
  filterRows(table, document.querySelector("#filter"));
  sortRows(table);
}
