// A question to the catalog, its answer as a table and as a download.
(() => {
  "use strict";
  const { element, number } = rtstruct;
  const query = document.getElementById("query");
  const state = document.getElementById("state");
  const box = document.getElementById("answer");
  const csv = document.getElementById("csv");
  const SHOWN = 1000;

  async function run() {
    state.textContent = "Asking…";
    csv.hidden = true;
    box.replaceChildren();
    const asked = new URLSearchParams({ q: query.value });
    const started = performance.now();
    let answer;
    try {
      answer = await (await fetch(`api/sql?${asked}`)).json();
    } catch (error) {
      answer = { error: error.message };
    }
    if (answer.error) {
      state.textContent = "";
      box.replaceChildren(element("p", { class: "wrong", role: "alert" }, answer.error));
      return;
    }
    const { columns, rows } = answer;
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    const first = rows.length > SHOWN ? `, the first ${number(SHOWN)} shown` : "";
    state.textContent = `${answer.is_cut ? "More than " : ""}${number(rows.length)} row${rows.length === 1 ? "" : "s"} in ${seconds} s${first}`;
    csv.href = `api/sql.csv?${asked}`;
    csv.hidden = false;
    const isNumber = columns.map((_, k) => rows.some((row) => row[k] !== null) && rows.every((row) => row[k] === null || typeof row[k] === "number"));
    box.replaceChildren(element("table", {},
      element("thead", {}, element("tr", {}, ...columns.map((name, k) =>
        element("th", { scope: "col", class: isNumber[k] ? "number" : null }, name)))),
      element("tbody", {}, ...rows.slice(0, SHOWN).map((row) => element("tr", {}, ...row.map((content, k) =>
        element("td", { class: isNumber[k] ? "number" : null },
          content === null ? element("span", { class: "none" }, "null")
            : element("bdi", {}, typeof content === "object" ? JSON.stringify(content) : String(content)))))))));
  }
  document.getElementById("ask").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  const start = new URLSearchParams(location.search).get("q");
  if (start !== null) { query.value = start; }
})();
