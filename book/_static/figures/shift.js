/** Shift and pool: a picture to drag, four ways of pooling it, and how far each answer moved. */

import { grey, paint, picture, signed } from "./pictures.js";
import { avgPool2d, blurPool2d, centre, change, maxPool2d, roll } from "./tensor.js";
import { announcer, arrow, button, choice, element, oncePerFrame, slider, written } from "./ui.js";

const SIDE = 40;
const FARTHEST = 6;
const PICTURES = [
  ["seven", "a seven"],
  ["three", "a three"],
  ["four", "a four"],
  ["stripes", "stripes"],
];

/** The ways of the figure: a title, how many pixels an output is apart, and what is done. */
export const WAYS = {
  none: ["the picture itself", 1, (image) => image],
  strided: ["every second pixel", 2, (image) => maxPool2d(image, 1, 2)],
  max: ["max pooling", 2, (image) => maxPool2d(image, 2)],
  average: ["average pooling", 2, (image) => avgPool2d(image, 2)],
  blurred: ["max, then blurred", 2, (image) => blurPool2d(maxPool2d(image, 2, 1))],
};

/** Fill `root` with the figure. Settings: `picture`, `right` and `down`. */
export function shift(root, settings = {}) {
  const state = {
    image: [],
    right: settings.right ?? 0,
    down: settings.down ?? 0,
  };
  const spoken = announcer();
  const draw = oncePerFrame(redraw);
  const limited = (pixels) => Math.max(-FARTHEST, Math.min(FARTHEST, pixels));

  function moveTo(down, right) {
    state.down = limited(down);
    state.right = limited(right);
    rightwards.set(state.right);
    downwards.set(state.down);
    draw();
  }

  // What each way makes of the picture where it stood first, until another is chosen.
  let befores;
  const take = (name) => {
    state.image = picture(name, SIDE);
    befores = Object.values(WAYS).map(([, , pool]) => pool(state.image));
  };
  take(settings.picture ?? "seven");

  const panels = Object.entries(WAYS).map(([name, [title, apart, pool]]) => {
    const canvas = element("canvas", { class: "fig-picture", role: "img", "aria-label": title });
    const difference = element("canvas", {
      class: "fig-picture fig-difference",
      role: "img",
      "aria-label": `${title}: the difference from before the move`,
    });
    const changed = element("b");
    const moved = element("b");
    const box = element(
      "div",
      { class: "fig-way", "data-way": name },
      element("p", { class: "fig-title" }, title),
      canvas,
      difference,
      element("p", {}, "changed by ", changed),
      element("p", {}, "centre moved ", moved),
    );
    return { title, apart, pool, canvas, difference, changed, moved, box };
  });

  const handle = panels[0].canvas;
  handle.classList.add("fig-handle");
  handle.tabIndex = 0;
  handle.setAttribute("role", "application");
  handle.setAttribute("aria-label", "the picture; drag it, or move it by the arrow keys");
  let grip = null;
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    grip = { x: event.clientX, y: event.clientY, down: state.down, right: state.right };
  });
  handle.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const pixel = handle.getBoundingClientRect().width / SIDE;
    const steps = (distance) => Math.round(distance / pixel);
    moveTo(grip.down + steps(event.clientY - grip.y), grip.right + steps(event.clientX - grip.x));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => {
      grip = null;
    });
  }
  handle.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    moveTo(state.down + step[0], state.right + step[1]);
  });

  const pictures = choice({
    label: "Picture",
    options: PICTURES,
    value: settings.picture ?? "seven",
    onChange: (name) => {
      take(name);
      draw();
    },
  });
  const along = (label, onChange) =>
    slider({ label, min: -FARTHEST, max: FARTHEST, value: 0, onChange });
  const rightwards = along("Right, in pixels", (right) => moveTo(state.down, right));
  const downwards = along("Down, in pixels", (down) => moveTo(down, state.right));
  root.append(
    element("div", { class: "fig-ways" }, ...panels.map(({ box }) => box)),
    element("div", { class: "fig-controls" }, pictures.root, rightwards.root, downwards.root),
    element("div", { class: "fig-bar" }, button("Back to the middle", () => moveTo(0, 0))),
    spoken.root,
  );

  function redraw() {
    const { image, down, right } = state;
    const now = roll(image, down, right);
    const due = Math.hypot(down, right);
    const said = [];
    for (const [n, { title, apart, pool, canvas, difference, changed, moved }] of panels.entries()) {
      const before = befores[n];
      const after = pool(now);
      paint(canvas, after, grey());
      paint(
        difference,
        after.map((row, i) => row.map((number, j) => number - before[i][j])),
        signed(1),
      );
      const [from, to] = [centre(before), centre(after)];
      const changes = change(before, after);
      changed.textContent = Number.isFinite(changes) ? changes.toFixed(2) : "∞";
      const distance = from && to && apart * Math.hypot(to[0] - from[0], to[1] - from[1]);
      moved.textContent = from && to ? `${written(distance)} of ${written(due)}` : "nowhere";
      said.push(`${title}: changed by ${changed.textContent}`);
    }
    spoken.say(`${right} right, ${down} down. ${said.join(", ")}.`);
  }
  moveTo(state.down, state.right);
}
