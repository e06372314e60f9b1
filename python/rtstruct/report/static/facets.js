// Facets: a choice for each, with how many rows each of its values would leave.
(() => {
  "use strict";
  const { element } = rtstruct;
  const NONE = "\u0000none";

  // fields: [field, label][]; value(row, field) -> text or null; apply(fits) -> { kept, total }.
  rtstruct.facets = (box, fields, length, value, changed) => {
    const selects = fields.map(([field, label]) => {
      const select = element("select", { id: `facet-${field}` });
      box.append(element("div", {}, element("label", { for: select.id }, label), select));
      select.addEventListener("change", changed);
      return select;
    });
    const key = (row, k) => value(row, fields[k][0]) ?? NONE;

    function apply(fits) {
      const choices = selects.map((select) => select.value);
      const counts = selects.map(() => new Map());
      const kept = new Uint8Array(length);
      let total = 0;
      for (let row = 0; row < length; row++) {
        if (!fits(row)) continue;
        let misses = 0;
        let missed = -1;
        for (let k = 0; k < choices.length && misses < 2; k++) {
          if (choices[k] && key(row, k) !== choices[k]) { misses++; missed = k; }
        }
        if (misses > 1) continue;
        if (misses === 0) { kept[row] = 1; total++; }
        for (let k = 0; k < choices.length; k++) {
          if (misses === 1 && missed !== k) continue;
          const of = key(row, k);
          counts[k].set(of, (counts[k].get(of) ?? 0) + 1);
        }
      }
      selects.forEach((select, k) => fill(select, counts[k]));
      return { kept, total };
    }
    function fill(select, counts) {
      const chosen = select.value;
      const options = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      if (chosen && !counts.has(chosen)) options.unshift([chosen, 0]);
      select.replaceChildren(
        element("option", { value: "" }, "any"),
        ...options.map(([of, n]) => element("option", { value: of, selected: of === chosen },
          `${of === NONE ? "none" : of} (${n.toLocaleString("en")})`)),
      );
      select.value = chosen;
    }
    return {
      apply,
      clear() { for (const select of selects) select.value = ""; },
      choose(field, of) {
        const select = selects[fields.findIndex(([one]) => one === field)];
        select.append(element("option", { value: of }, of));
        select.value = of;
      },
    };
  };
})();
