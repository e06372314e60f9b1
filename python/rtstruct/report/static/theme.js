// Before anything is painted: the choice of light or dark, or none: then the system's.
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("rtstruct-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* storage may be forbidden */ }
  const tables = {};
  window.rtstruct = { data: tables, live: false, put(name, value) { tables[name] = value; } };
})();
