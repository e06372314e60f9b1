// What every page has: the theme's button, the buttons that copy, helpers for other scripts.
(() => {
  "use strict";
  const root = document.documentElement;
  document.getElementById("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try { localStorage.setItem("rtstruct-theme", root.dataset.theme); } catch { /* as above */ }
  });

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    await copy(button.parentElement.querySelector("pre").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  if (rtstruct.live) for (const link of document.querySelectorAll("a.live")) link.hidden = false;
  // dbt's page has scripts of its own, which the policy of the server forbids.
  if (rtstruct.live) for (const part of document.querySelectorAll(".from-disk")) part.hidden = true;

  // An element with attributes and children; text is only ever text.
  rtstruct.element = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  rtstruct.name = (text) => {
    if (text === null || text === "") {
      return rtstruct.element("span", { class: "none" }, text === null ? "none" : "empty");
    }
    return rtstruct.element("bdi", { class: "name" }, text);
  };
  rtstruct.link = (url, text) => typeof url === "string" && url.startsWith("https://")
    ? rtstruct.element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text)
    : null;
  rtstruct.number = (value, digits = 0) => value === null || value === undefined ? ""
    : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  rtstruct.counted = (count, noun) => `${rtstruct.number(count)} ${noun}${count === 1 ? "" : "s"}`;

  // A table as it is packed -> a function (row, column) -> value.
  rtstruct.reader = (table) => {
    const readers = {};
    for (const [name, column] of Object.entries(table.columns)) {
      readers[name] = Array.isArray(column)
        ? (row) => column[row]
        : (row) => column.values[column.codes[row]];
    }
    return (row, name) => name in readers ? readers[name](row) : null;
  };
  // Data that a page needs now and not before: a script, as pages from disk cannot fetch.
  const loading = {};
  rtstruct.load = (name, folder = "data") => {
    loading[name] ??= new Promise((resolve, reject) => {
      if (name in rtstruct.data) return resolve(rtstruct.data[name]);
      const script = document.createElement("script");
      script.src = `${folder}/${name}.js`;
      script.onload = () => resolve(rtstruct.data[name]);
      script.onerror = () => reject(new Error(`${script.src} is missing`));
      document.head.append(script);
    });
    return loading[name];
  };
  rtstruct.debounced = (work, pause = 120) => {
    let timer;
    return () => { clearTimeout(timer); timer = setTimeout(work, pause); };
  };
})();
