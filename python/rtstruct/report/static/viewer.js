// An image with its masks and contours in three planes: slices come from this machine's server.
(() => {
  "use strict";
  const { element, name: nameNode, number, debounced } = rtstruct;
  const SVG = "http://www.w3.org/2000/svg";
  const start = new URLSearchParams(location.search);
  const conversion = start.get("conversion") ?? "";
  const about = document.getElementById("about");
  const panesBox = document.getElementById("panes");
  const windowChoice = document.getElementById("window");
  const off = new Set();
  const panes = [];
  let scene;

  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const ask = async (path) => {
    const response = await fetch(`api/${path}`);
    const answer = await response.json();
    if (answer.error) throw new Error(answer.error);
    return answer;
  };
  const chosenWindow = () => {
    const [low, high] = windowChoice.value ? windowChoice.value.split(",") : [0, 1];
    return `low=${low}&high=${high}`;
  };

  class Pane {
    constructor(plane) {
      this.plane = plane;
      const width = plane.right.edges.at(-1);
      const height = plane.down.edges.at(-1);
      this.image = svg("image", { x: 0, y: 0, width, height, preserveAspectRatio: "none" });
      this.lines = svg("g", { class: "lines" });
      this.cross = svg("g", { class: "cross" });
      this.view = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${plane.name} slice`, preserveAspectRatio: "xMidYMid meet" },
        this.image, this.lines, this.cross);
      const letters = [[plane.right.letters[0], "left"], [plane.right.letters[1], "right"], [plane.down.letters[0], "top"], [plane.down.letters[1], "bottom"]]
        .map(([letter, side]) => element("span", { class: `letter at-${side}`, "aria-hidden": "true" }, letter));
      this.slider = element("input", { type: "range", min: 0, max: plane.slices - 1, "aria-label": `${plane.name} slice` });
      this.place = element("span", { class: "place" });
      panesBox.append(element("figure", { class: `pane ${plane.name}` },
        element("div", { class: "stage" }, this.view, ...letters),
        element("figcaption", {}, element("span", {}, plane.name), this.slider, this.place)));
      this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
      this.view.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.go(this.index + Math.sign(event.deltaY));
      }, { passive: false });
      this.view.addEventListener("click", (event) => this.point(event));
      this.fetchLines = debounced(() => this.askLines(), 30);
    }
    go(index) {
      const bounded = Math.max(0, Math.min(this.plane.slices - 1, index));
      if (bounded === this.index) return Promise.resolve();
      this.index = bounded;
      this.slider.value = bounded;
      this.place.textContent = `${bounded + 1} / ${this.plane.slices}`;
      const shown = this.show();
      this.lines.replaceChildren();
      this.fetchLines();
      panes.forEach((pane) => pane.drawCross());
      return shown;
    }
    show() {
      const image = this.image;
      const href = `api/slice/${conversion}/${this.plane.name}/${this.index}?${chosenWindow()}`;
      return new Promise((resolve) => {
        image.addEventListener("load", resolve, { once: true });
        image.addEventListener("error", resolve, { once: true });
        image.setAttribute("href", href);
      });
    }
    async askLines() {
      const index = this.index;
      const where = `${conversion}/${this.plane.name}/${index}`;
      // Contours are there at once; masks have to be read first.
      const contours = await ask(`contours/${where}`);
      if (index !== this.index) return;
      this.draw("contour", Object.entries(contours).map(([roi, path]) => [roi, path, null]));
      const edges = await ask(`edges/${where}`);
      if (index !== this.index) return;
      this.draw("mask", Object.entries(edges).map(([roi, [edge, fill]]) => [roi, edge, fill]));
      this.lines.dataset.whole = String(index);
    }
    draw(kind, paths) {
      for (const old of this.lines.querySelectorAll(`.${kind}`)) old.remove();
      for (const [roi, line, fill] of paths) {
        const color = scene.rois.find((one) => one.number === Number(roi))?.color ?? "#ffffff";
        const group = svg("g", { class: kind, "data-roi": roi });
        if (fill) group.append(svg("path", { d: fill, fill: color, class: "area" }));
        group.append(svg("path", { d: line, stroke: kind === "contour" ? "#ffffff" : color, class: "line" }));
        if (off.has(Number(roi))) group.classList.add("off");
        // Masks below, contours on top.
        if (kind === "mask") this.lines.prepend(group); else this.lines.append(group);
      }
    }
    // A click leads the other planes there.
    point(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.view.getScreenCTM().inverse());
      for (const [axis, mm] of [[this.plane.right, at.x], [this.plane.down, at.y]]) {
        const next = axis.edges.findIndex((edge) => edge > mm);
        const shown = Math.max(0, (next < 0 ? axis.edges.length - 1 : next) - 1);
        const index = axis.flipped ? axis.edges.length - 2 - shown : shown;
        panes.find((pane) => pane.plane.normal === axis.place)?.go(index);
      }
    }
    drawCross() {
      this.cross.replaceChildren();
      for (const [axis, isUpright] of [[this.plane.right, true], [this.plane.down, false]]) {
        const other = panes.find((pane) => pane.plane.normal === axis.place);
        if (other?.index === undefined) continue;
        const shown = axis.flipped ? axis.edges.length - 2 - other.index : other.index;
        const mm = (axis.edges[shown] + axis.edges[shown + 1]) / 2;
        const [width, height] = [this.plane.right.edges.at(-1), this.plane.down.edges.at(-1)];
        this.cross.append(svg("path", { d: isUpright ? `M${mm} 0V${height}` : `M0 ${mm}H${width}` }));
      }
    }
  }

  function list() {
    document.getElementById("rois").append(...scene.rois.map((roi) => {
      const box = element("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => toggle(roi.number, box.checked));
      const swatch = svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { width: 12, height: 12, rx: 3, fill: roi.color }));
      const go = element("button", { type: "button", class: "go", "aria-label": `Go to ${roi.name ?? "ROI"}` },
        svg("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
          svg("path", { d: "M8 1V15M1 8H15M12 8A4 4 0 1 1 4 8A4 4 0 1 1 12 8", fill: "none", stroke: "currentColor", "stroke-width": "1.4" })));
      go.addEventListener("click", () => visit(roi));
      return element("li", { "data-roi": roi.number },
        element("label", { class: "check" }, box, swatch, element("span", {}, nameNode(roi.name),
          element("span", { class: "as" }, ` ${number(roi.volume_mL, 1)} mL`))), go);
    }));
  }
  function toggle(roi, isOn) {
    if (isOn) off.delete(roi); else off.add(roi);
    for (const group of document.querySelectorAll(`.lines [data-roi="${roi}"]`)) group.classList.toggle("off", !isOn);
    window.dispatchEvent(new CustomEvent("rtstruct-rois", { detail: { off: [...off] } }));
  }
  function visit(roi) {
    if (!roi.box) return;
    for (const pane of panes) {
      const axis = pane.plane.normal;
      pane.go(Math.round((roi.box[axis] + roi.box[axis + 3]) / 2));
    }
  }
  for (const [id, isOn] of [["all", true], ["none", false]]) {
    document.getElementById(id).addEventListener("click", () => {
      for (const box of document.querySelectorAll("#rois input")) {
        if (box.checked !== isOn) { box.checked = isOn; box.dispatchEvent(new Event("change")); }
      }
    });
  }
  for (const [id, kind] of [["show-contours", "no-contours"], ["show-edges", "no-masks"]]) {
    document.getElementById(id).addEventListener("change", (event) => panesBox.classList.toggle(kind, !event.target.checked));
  }
  windowChoice.addEventListener("change", () => panes.forEach((pane) => pane.show()));

  async function open() {
    const started = performance.now();
    scene = await ask(`scene/${conversion}`);
    document.getElementById("title").textContent = [scene.collection, scene.patient].filter(Boolean).join(" · ");
    windowChoice.append(...scene.presets.map(([name, low, high]) => element("option", { value: `${low},${high}` }, name)));
    document.getElementById("rows").href = `sql.html?${new URLSearchParams({ q: `select * from registry.masks\nwhere conversion_id like '${conversion}%'\norder by ROINumber` })}`;
    document.getElementById("pictures").href = `masks.html?conversion=${conversion}`;
    panes.push(...scene.planes.map((plane) => new Pane(plane)));
    list();
    const wanted = scene.rois.find((roi) => roi.number === Number(start.get("roi"))) ?? scene.rois[0];
    const middles = panes.map((pane) => wanted?.box
      ? Math.round((wanted.box[pane.plane.normal] + wanted.box[pane.plane.normal + 3]) / 2)
      : Math.floor(pane.plane.slices / 2));
    await Promise.all(panes.map((pane, k) => pane.go(middles[k])));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    about.textContent = `${scene.modality ?? "image"}, ${rtstruct.counted(scene.rois.length, "mask")}${scene.has_image ? "" : ", the image cannot be decoded"} · shown in ${seconds} s`;
    about.dataset.seconds = seconds;
    window.rtstruct.scene = scene;
    window.dispatchEvent(new CustomEvent("rtstruct-scene", { detail: { scene, conversion } }));
  }
  open().catch((error) => { about.textContent = error.message; about.classList.add("wrong"); });
})();
