// All masks in space, by NiiVue; loaded when asked for, as it is large and not every one has 3D.
const panes = document.getElementById("panes");
const { element } = rtstruct;

addEventListener("rtstruct-scene", ({ detail: { scene, conversion } }) => {
  const button = element("button", { type: "button", class: "primary" }, "Show in 3D");
  const canvas = element("canvas", { width: 640, height: 640, role: "img", "aria-label": "Masks in 3D; drag turns them" });
  const stage = element("div", { class: "stage" }, button);
  panes.append(element("figure", { class: "pane space" }, stage, element("figcaption", {}, element("span", {}, "3D"))));
  button.addEventListener("click", async () => {
    button.textContent = "Loading…";
    button.disabled = true;
    try {
      await show(scene, conversion, canvas, stage);
    } catch (error) {
      stage.replaceChildren(element("p", { class: "wrong" }, `3D is not to be had here: ${error.message}`));
    }
  });
});

async function show(scene, conversion, canvas, stage) {
  const { Niivue } = await import("./lib/niivue.js");
  stage.replaceChildren(canvas);
  const view = new Niivue({ backColor: [0, 0, 0, 1], show3Dcrosshair: false, isOrientCube: true, dragAndDropEnabled: false, logLevel: "error" });
  await view.attachToCanvas(canvas);
  await view.loadVolumes([{ url: `api/labels/${conversion}/labels.nii.gz`, name: "labels.nii.gz" }]);
  view.setSliceType(view.sliceTypeRender);
  // An outline of the body would hide what it holds.
  const paint = (off) => {
    const colors = scene.rois.map((roi) => [1, 3, 5].map((place) => parseInt(roi.color.slice(place, place + 2), 16)));
    const alphas = scene.rois.map((roi) => off.includes(roi.number) ? 0 : roi.is_outline && scene.rois.length > 1 ? 4 : 160);
    const all = [[0, 0, 0], ...colors];
    view.volumes[0].setColormapLabel({
      R: all.map(([red]) => red), G: all.map(([, green]) => green), B: all.map(([, , blue]) => blue),
      A: [0, ...alphas], I: all.map((_, place) => place), labels: ["", ...scene.rois.map((roi) => String(roi.number))],
    });
    view.updateGLVolume();
  };
  paint([]);
  addEventListener("rtstruct-rois", ({ detail }) => paint(detail.off));
  canvas.dataset.ready = "true";
}
