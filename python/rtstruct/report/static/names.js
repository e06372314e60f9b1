// The table of names: search, facets with counts, sort, and all that is known of one name.
(() => {
  "use strict";
  const { element, name: nameNode, link, reader, debounced } = rtstruct;
  const packed = rtstruct.data[document.currentScript.dataset.table];
  const value = reader(packed);
  const length = packed.length;

  const COLUMNS = [
    ["ROIName", "Name", { minWidth: 180, widthGrow: 3, frozen: true }],
    ["ROISeriesCount", "Series", { number: true, width: 90 }],
    ["structure", "Structure", { minWidth: 110, widthGrow: 2 }],
    ["laterality", "Side", { width: 75 }],
    ["roi_class", "Class", { width: 115 }],
    ["review_reason", "Why", { width: 120 }],
    ["tg263_name", "TG-263", { minWidth: 110, widthGrow: 1 }],
    ["confidence", "Conf.", { width: 80 }],
    ["language", "Lang.", { width: 80 }],
    ["candidates", "Candidates", { minWidth: 130, widthGrow: 2 }],
    ["conflict", "Conflict", { minWidth: 120, widthGrow: 1 }],
  ].filter(([field]) => field in packed.columns && (field !== "conflict" || hasAny(field)));
  const FACETS = [
    ["roi_class", "Class"], ["structure", "Structure"], ["laterality", "Side"],
    ["confidence", "Confidence"], ["language", "Language"], ["review_reason", "Why"],
  ].filter(([field]) => field in packed.columns && hasAny(field));
  function hasAny(field) {
    for (let row = 0; row < length; row++) if (value(row, field) !== null) return true;
    return false;
  }

  const rows = Array.from({ length }, (_, id) => {
    const row = { id };
    for (const [field] of COLUMNS) row[field] = value(id, field);
    return row;
  });
  const folded = rows.map((row) => (row.ROIName ?? "").toLowerCase());

  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const table = new Tabulator("#grid", {
    data: rows,
    index: "id",
    maxHeight: "min(70vh, 900px)",
    layout: "fitColumns",
    rowHeight: 34,
    placeholder: "No name fits.",
    columnDefaults: { headerSortTristate: true, resizable: false, headerTooltip: true },
    columns: COLUMNS.map(([field, title, more]) => {
      const { number, ...rest } = more;
      return {
        field, title, ...rest,
        hozAlign: number ? "right" : "left", headerHozAlign: number ? "right" : "left",
        sorter: (one, other) => compared(one, other, number),
        formatter: (cell) => shownAs(field, cell.getValue()),
      };
    }),
  });
  function compared(one, other, number) {
    if (one === other) return 0;
    if (one === null) return 1;
    if (other === null) return -1;
    return number ? one - other : one < other ? -1 : 1;
  }
  function shownAs(field, content) {
    if (field === "ROIName") return nameNode(content);
    if (content === null) return "";
    if (typeof content === "number") return content.toLocaleString("en");
    if (field === "roi_class") return content === "PRV" ? content : content[0] + content.slice(1).toLowerCase();
    if (field === "structure" && content) {
      return element("a", { href: `structures.html?structure=${encodeURIComponent(content)}`, tabindex: "-1" }, content);
    }
    return document.createTextNode(content);
  }

  const facets = rtstruct.facets(document.getElementById("facets"), FACETS, length, value, () => refresh());
  function refresh() {
    const wanted = search.value.trim().toLowerCase();
    const { kept, total } = facets.apply((id) => !wanted || folded[id].includes(wanted));
    if (table.initialized) table.setFilter((row) => kept[row.id] === 1);
    count.textContent = `${total.toLocaleString("en")} of ${length.toLocaleString("en")} names`;
  }

  // Keyboard: the table is one stop; arrows move in it, Enter opens.
  const dialog = document.getElementById("detail");
  function open(id) {
    document.getElementById("detail-title").replaceChildren(nameNode(value(id, "ROIName")));
    const list = document.getElementById("detail-list");
    list.replaceChildren();
    for (const field of Object.keys(packed.columns)) {
      const content = value(id, field);
      if (content === null || field === "ROIName" || field.endsWith("_url")) continue;
      list.append(element("div", {}, element("dt", {}, field), element("dd", {}, element("bdi", {}, String(content)))));
    }
    const links = document.getElementById("detail-links");
    const viewer = link(value(id, "viewer_url"), "An example in IDC's viewer");
    const structure = value(id, "structure");
    links.replaceChildren(
      ...(structure ? [element("a", { href: `structures.html?structure=${encodeURIComponent(structure)}` }, `All names of ${structure}`)] : []),
      ...(viewer ? [viewer] : []),
    );
    dialog.showModal();
  }
  table.on("rowClick", (event, row) => { if (!event.target.closest("a")) open(row.getData().id); });
  table.on("tableBuilt", () => {
    label();
    refresh();
    const start = new URLSearchParams(location.search);
    if (start.has("q")) { search.value = start.get("q"); refresh(); }
  });
  let place = 0;
  // What Tabulator leaves out: sorting by keyboard, and roles as ARIA nests them.
  function label() {
    const grid = document.getElementById("grid");
    grid.setAttribute("aria-label", document.querySelector("h1").textContent);
    grid.setAttribute("aria-rowcount", String(length + 1));
    grid.querySelector(".tabulator-header").setAttribute("role", "presentation");
    for (const head of grid.querySelectorAll("[role=columnheader]")) {
      head.tabIndex = 0;
      head.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        const field = head.getAttribute("tabulator-field");
        const [now] = table.getSorters();
        table.setSort(field, now?.field === field && now.dir === "asc" ? "desc" : "asc");
      });
    }
    const holder = document.querySelector("#grid .tabulator-tableholder");
    const body = holder.querySelector(".tabulator-table");
    holder.removeAttribute("tabindex");
    body.tabIndex = 0;
    body.setAttribute("aria-label", "Arrow keys move, Enter shows all of a name");
    holder.addEventListener("keydown", (event) => {
      const shown = table.getRows("active");
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 };
      if (event.key in steps && shown.length) {
        event.preventDefault();
        move(shown, Math.max(0, Math.min(shown.length - 1, place + steps[event.key])));
      } else if (event.key === "Enter" && shown[place]) {
        event.preventDefault();
        open(shown[place].getData().id);
      }
    });
    body.addEventListener("focus", () => {
      if (!body.matches(":focus-visible")) return;
      const shown = table.getRows("active"); if (shown.length) move(shown, Math.min(place, shown.length - 1));
    });
    body.addEventListener("blur", () => mark(null));
  }
  let marked = null;
  function mark(row) {
    marked?.getElement().classList.remove("current");
    marked = row;
    row?.getElement().classList.add("current");
  }
  function move(shown, to) {
    place = to;
    table.scrollToRow(shown[to], "nearest", false).catch(() => {}).finally(() => mark(shown[to]));
  }

  search.addEventListener("input", debounced(() => { place = 0; refresh(); }));
  document.getElementById("filters").addEventListener("reset", () => setTimeout(() => {
    facets.clear();
    refresh();
  }));
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
})();
