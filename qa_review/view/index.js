"use strict";
// Sorts and filters the table of calls. Everything shown is in the page already.
(() => {
  document.documentElement.classList.add("script");
  const table = document.getElementById("calls");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows].map((row, at) => ({
    row,
    at,
    values: [...row.cells].map((cell) => cell.dataset.v),
    words: [...row.cells].map((cell) => cell.textContent).join(" ").toLocaleLowerCase(),
  }));
  const collator = new Intl.Collator(undefined, { numeric: true });

  // Rows without a value stay last whichever way the rest is sorted.
  function compare(place, kind, way) {
    return (a, b) => {
      const [x, y] = [a.values[place], b.values[place]];
      if (x === undefined || y === undefined) {
        return (x === undefined) - (y === undefined) || a.at - b.at;
      }
      const order = kind === "number" ? x - y : collator.compare(x, y);
      return way * order || a.at - b.at;
    };
  }

  function sort(button) {
    const head = button.closest("th");
    const number = button.dataset.kind === "number";
    const now = head.getAttribute("aria-sort");
    const next = now ? (now === "ascending" ? "descending" : "ascending")
      : number ? "descending" : "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", next);
    const way = next === "ascending" ? 1 : -1;
    rows.sort(compare(Number(button.dataset.place), button.dataset.kind, way));
    body.replaceChildren(...rows.map((entry) => entry.row));
  }

  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) sort(button);
  });

  const shown = document.getElementById("shown");
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of rows) {
      const fits = wanted.every((word) => entry.words.includes(word));
      entry.row.hidden = !fits;
      count += fits;
    }
    const calls = rows.length === 1 ? "call" : "calls";
    shown.textContent = wanted.length
      ? `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} ${calls}`
      : `${rows.length.toLocaleString("en")} ${calls}`;
  });
})();
