// Structures: a filter on the list; one structure with the raw names that it gathers.
(() => {
  "use strict";
  const { element, name: nameNode, link, reader, number, counted } = rtstruct;
  const wanted = new URLSearchParams(location.search).get("structure");
  const search = document.getElementById("search");
  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", () => {
    const part = search.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("#structures tbody tr")) {
      row.hidden = !row.querySelector("th").textContent.toLowerCase().includes(part);
    }
  });
  if (wanted === null) return;

  document.getElementById("all").hidden = true;
  document.getElementById("one").hidden = false;
  document.title = `${wanted} · rtstruct`;
  document.getElementById("one-title").textContent = wanted;
  const lead = document.getElementById("one-lead");
  const facts = rtstruct.data.structure_index[wanted];
  if (!facts) {
    lead.textContent = "No ROI has this structure.";
    return;
  }
  lead.replaceChildren(
    `${counted(facts.names, "name")} of ${counted(facts.rois, "ROI")} in ${counted(facts.patients, "patient")} and ${counted(facts.collections, "collection")}. `,
    element("a", { href: `masks.html?structure=${encodeURIComponent(wanted)}` }, "Its masks"),
  );
  rtstruct.load(facts.file).then((packed) => {
    const value = reader(packed);
    const groups = new Map();
    for (let row = 0; row < packed.length; row++) {
      const collection = value(row, "collection_id") ?? "no collection";
      if (!groups.has(collection)) groups.set(collection, []);
      groups.get(collection).push(row);
    }
    const box = document.getElementById("one-names");
    for (const [collection, rows] of groups) box.append(group(collection, rows, value));
  }).catch((error) => { lead.textContent = error.message; });

  const FIRST = 100;
  function group(collection, rows, value) {
    const hasLinks = rows.some((row) => value(row, "viewer_url") !== null);
    const body = element("tbody");
    const add = (some) => body.append(...some.map((row) => element("tr", {},
      element("td", {}, nameNode(value(row, "ROIName"))),
      element("td", {}, value(row, "laterality") ?? ""),
      element("td", {}, value(row, "roi_class") ?? ""),
      element("td", {}, value(row, "confidence") ?? ""),
      element("td", {}, value(row, "match_rule") ?? ""),
      element("td", { class: "number" }, number(value(row, "rois"))),
      hasLinks ? element("td", {}, link(value(row, "viewer_url"), "IDC viewer") ?? "") : null,
    )));
    add(rows.slice(0, FIRST));
    const titles = ["Name", "Side", "Class", "Confidence", "Rule", "ROIs", ...(hasLinks ? ["Look"] : [])];
    const table = element("table", {},
      element("thead", {}, element("tr", {}, ...titles.map((title) =>
        element("th", { scope: "col", class: title === "ROIs" ? "number" : null }, title)))),
      body);
    const section = element("section", {},
      element("h2", {}, element("bdi", {}, collection), " ", element("span", { class: "amount" }, counted(rows.length, "name"))),
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Names in ${collection}` }, table));
    if (rows.length > FIRST) {
      const more = element("button", { type: "button" }, `Show all ${number(rows.length)}`);
      more.addEventListener("click", () => { add(rows.slice(FIRST)); more.remove(); });
      section.append(more);
    }
    return section;
  }
})();
