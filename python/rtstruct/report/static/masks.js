// The gallery: filters, flagged first, pictures that load when they come into view.
(() => {
  "use strict";
  const { element, name: nameNode, link, reader, number, counted, debounced } = rtstruct;
  const packed = rtstruct.data.masks;
  const value = reader(packed);
  const length = packed.length;
  const FLAGS = packed.flags;
  const STEP = 48;

  const flagsOf = (row) => (value(row, "flags") ?? "").split(",").filter(Boolean);
  const flags = Array.from({ length }, (_, row) => flagsOf(row));
  const folded = Array.from({ length }, (_, row) =>
    `${value(row, "ROIName") ?? ""} ${value(row, "structure") ?? ""} ${value(row, "tg263_name") ?? ""}`.toLowerCase());
  const FACETS = [
    ["structure", "Structure"], ["collection_id", "Collection"], ["flag", "Flag"],
    ["Modality", "Image"], ["roi_class", "Class"],
  ];
  // The facet of flags goes by the first: the gravest.
  const facetValue = (row, field) => field === "flag"
    ? FLAGS[flags[row][0]] ?? null
    : value(row, field);

  const search = document.getElementById("search");
  const order = document.getElementById("order");
  const onlyFlagged = document.getElementById("flagged");
  const sheet = document.getElementById("sheet");
  const gallery = document.getElementById("gallery");
  const count = document.getElementById("count");
  const form = document.getElementById("filters");
  const facets = rtstruct.facets(document.getElementById("facets"), FACETS, length, facetValue, () => refresh());

  const start = new URLSearchParams(location.search);
  if (start.has("structure")) facets.choose("structure", start.get("structure"));
  if (start.has("conversion")) search.value = start.get("conversion");

  const ORDERS = {
    flagged: (a, b) => flags[b].length - flags[a].length || a - b,
    difference: (a, b) => Math.abs(value(b, "difference") ?? 0) - Math.abs(value(a, "difference") ?? 0) || a - b,
    small: (a, b) => value(a, "mask_volume_mL") - value(b, "mask_volume_mL") || a - b,
    large: (a, b) => value(b, "mask_volume_mL") - value(a, "mask_volume_mL") || a - b,
    name: (a, b) => folded[a] < folded[b] ? -1 : folded[a] > folded[b] ? 1 : a - b,
  };
  let rows = [];
  let shown = 0;
  function refresh() {
    const wanted = search.value.trim().toLowerCase();
    const { kept, total } = facets.apply((row) => (!onlyFlagged.checked || flags[row].length > 0)
      && (!wanted || folded[row].includes(wanted) || value(row, "conversion").startsWith(wanted)));
    rows = [];
    for (let row = 0; row < length; row++) if (kept[row]) rows.push(row);
    rows.sort(ORDERS[order.value]);
    gallery.classList.toggle("sheet", sheet.checked);
    gallery.replaceChildren();
    shown = 0;
    more();
    const flagged = rows.filter((row) => flags[row].length).length;
    count.textContent = `${number(total)} of ${counted(length, "mask")}, ${number(flagged)} flagged`;
  }
  function more() {
    const next = rows.slice(shown, shown + (sheet.checked ? 2 * STEP : STEP));
    gallery.append(...next.map(card));
    shown += next.length;
  }
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && shown < rows.length) more();
  }, { rootMargin: "1200px" }).observe(document.getElementById("more"));

  const understood = (row) => value(row, "tg263_name")
    ?? [value(row, "structure"), value(row, "laterality")].filter(Boolean).join(", ")
    ?? "";
  function picture(row, isLazy) {
    const file = value(row, "picture");
    if (!file) return element("div", { class: "nothing" }, "no picture");
    const words = `${value(row, "ROIName") ?? "a ROI"}: axial, coronal and sagittal slice with the mask's edge`;
    return element("img", { src: file, alt: words, width: 840, height: 276, loading: isLazy ? "lazy" : null, decoding: "async" });
  }
  function percent(share) {
    if (share === null) return "";
    const text = Math.abs(100 * share).toFixed(1);
    return `${text === "0.0" ? "±" : share > 0 ? "+" : "−"}${text} %`;
  }
  function card(row) {
    const button = element("button", { type: "button", class: "card" },
      picture(row, true),
      element("span", { class: "title" }, nameNode(value(row, "ROIName")),
        understood(row) ? element("span", { class: "as" }, understood(row)) : null),
      element("span", { class: "facts" },
        `${number(value(row, "mask_volume_mL"), 1)} mL`,
        value(row, "difference") === null ? "" : ` · ${percent(value(row, "difference"))}`,
        ` · ${value(row, "patient") ?? ""}`),
      flags[row].length ? element("span", { class: "flags" }, ...flags[row].map((flag) =>
        element("span", { class: "flag" }, FLAGS[flag]))) : null);
    button.addEventListener("click", () => open(row));
    return button;
  }

  const dialog = document.getElementById("detail");
  function open(row) {
    document.getElementById("detail-title").replaceChildren(nameNode(value(row, "ROIName")));
    document.getElementById("detail-picture").replaceChildren(picture(row, false));
    const facts = [
      ["Understood as", [understood(row), value(row, "roi_class"), value(row, "confidence") && `confidence ${value(row, "confidence")}`].filter(Boolean).join(" · ")],
      ["Collection", value(row, "collection_id")],
      ["Patient", value(row, "patient")],
      ["Image", value(row, "Modality")],
      ["Volume of the mask", `${number(value(row, "mask_volume_mL"), 3)} mL`],
      ["Volume of the contours", value(row, "contour_volume_mL") === null ? null : `${number(value(row, "contour_volume_mL"), 3)} mL (mask ${percent(value(row, "difference"))})`],
      ["Contours", `${number(value(row, "contours_used"))} used, ${number(value(row, "contours_skipped"))} left out`],
      ["Agreement", value(row, "agreement")],
      ["Flags", flags[row].map((flag) => FLAGS[flag]).join("; ") || null],
      ["Notes", value(row, "notes")],
    ];
    document.getElementById("detail-list").replaceChildren(...facts.filter(([, fact]) => fact).map(([label, fact]) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", {}, fact)))));
    const conversion = value(row, "conversion");
    const same = element("button", { type: "button" }, "All of this structure set");
    same.addEventListener("click", () => { dialog.close(); form.reset(); search.value = conversion; setTimeout(refresh); });
    document.getElementById("detail-links").replaceChildren(
      ...(rtstruct.live ? [element("a", { href: `viewer.html?conversion=${conversion}&roi=${value(row, "ROINumber")}` }, "Open in the viewer")] : []),
      same,
      ...[link(value(row, "viewer_url"), "IDC viewer")].filter(Boolean));
    const sql = `select * from registry.masks\nwhere conversion_id like '${conversion}%' and ROINumber = ${value(row, "ROINumber")}`;
    document.getElementById("detail-sql").replaceChildren(element("div", { class: "code" },
      element("pre", { tabindex: "0", role: "region", "aria-label": "SQL of its row" }, sql),
      element("button", { type: "button", class: "copy" }, "Copy")));
    dialog.showModal();
  }

  for (const control of [order, onlyFlagged, sheet]) control.addEventListener("change", refresh);
  search.addEventListener("input", debounced(refresh));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { facets.clear(); refresh(); }));
  refresh();
})();
