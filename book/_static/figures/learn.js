/** One step of learning: a window of two pixels, its numbers forward and its gradients back. */

import { backwardWindow, forwardWindow } from "./tensor.js";
import { announcer, button, drawn, element, oncePerFrame, player, slider, typed, written } from "./ui.js";

const DIGITS = 3;
const START = { pixels: [2, 1], weights: [0.5, -1], bias: 0.5, wanted: 2 };

/** The numbers that one may set: a name, how it is written, its kind, and where it lies. */
const INPUTS = [
  ["x1", "x₁", "input", (now) => [now.pixels, 0]],
  ["w1", "w₁", "kernel", (now) => [now.weights, 0]],
  ["x2", "x₂", "input", (now) => [now.pixels, 1]],
  ["w2", "w₂", "kernel", (now) => [now.weights, 1]],
  ["b", "b", "kernel", (now) => [now, "bias"]],
  ["t", "t", "wanted", (now) => [now, "wanted"]],
];

/** What is computed from them, in the order of the forward pass. */
const NODES = [
  ["p1", "p₁ = x₁ · w₁", 1, (values) => values.products[0]],
  ["p2", "p₂ = x₂ · w₂", 1, (values) => values.products[1]],
  ["z", "z = p₁ + p₂ + b", 2, (values) => values.sum],
  ["a", "a = ReLU(z)", 3, (values) => values.answer],
  ["e", "e = a − t", 4, (values) => values.error],
  ["loss", "L = e² / 2", 5, (values) => values.loss],
];

/** The phase in which a gradient arrives: the way back begins where the way forward ends. */
const BACK = { loss: 6, e: 7, a: 8, t: 8, z: 9, p1: 10, p2: 10, b: 10, x1: 11, w1: 11, x2: 11, w2: 11 };
const LAST = 11;

const gradientOf = {
  loss: () => 1,
  e: (back) => back.error,
  a: (back) => back.answer,
  z: (back) => back.sum,
  p1: (back) => back.products[0],
  p2: (back) => back.products[1],
  x1: (back) => back.pixels[0],
  x2: (back) => back.pixels[1],
  w1: (back) => back.weights[0],
  w2: (back) => back.weights[1],
  b: (back) => back.bias,
  t: (back) => back.wanted,
};

const PHASES = [
  "Nothing is computed yet.",
  "Forward: each pixel times its weight.",
  "Forward: their sum, and the bias.",
  "Forward: ReLU passes what is positive.",
  "Forward: the error, what came out minus what was wanted.",
  "Forward: the loss is half of its square.",
  "Back: the loss grows with itself at a rate of 1.",
  "Back: with the error it grows at a rate of e.",
  "Back: a adds to the error, t takes from it.",
  "Back: through ReLU, if z was positive; otherwise nothing gets through.",
  "Back: a sum hands on to all its parts what it gets.",
  "Back: a product hands to each factor what it gets, times the other factor.",
];

/** Fill `root` with the figure. Settings: `lr`, the learning rate. */
export function learn(root, settings = {}) {
  const fresh = () => structuredClone(START);
  const state = { now: fresh(), lr: settings.lr ?? 0.1, phase: LAST, losses: [] };
  const spoken = announcer();
  const draw = oncePerFrame(redraw);

  const inputs = INPUTS.map(([name, symbol, kind, where]) => {
    const box = element("input", {
      type: "text",
      inputmode: "text",
      autocomplete: "off",
      "aria-label": symbol,
    });
    box.addEventListener("input", () => {
      const number = typed(box.value);
      box.setAttribute("aria-invalid", number === null);
      if (number === null) return;
      const [holder, key] = where(state.now);
      holder[key] = number;
      forget();
    });
    box.addEventListener("focusout", () => {
      box.setAttribute("aria-invalid", "false");
      draw();
    });
    const gradient = element("span", { class: "fig-gradient" });
    const root = element(
      "div",
      { class: `fig-card fig-${kind}`, "data-node": name },
      element("span", { class: "fig-name" }, symbol),
      box,
      gradient,
    );
    return { name, where, box, gradient, root };
  });
  const nodes = NODES.map(([name, formula, phase, of]) => {
    const value = element("span", { class: "fig-value" });
    const gradient = element("span", { class: "fig-gradient" });
    const root = element(
      "div",
      { class: "fig-card fig-output fig-node", "data-node": name },
      element("span", { class: "fig-name" }, formula),
      value,
      gradient,
    );
    return { name, phase, of, value, gradient, root };
  });
  const card = (name) => [...inputs, ...nodes].find((each) => each.name === name).root;
  const row = (...names) =>
    element(
      "div",
      { class: "fig-row" },
      element("div", { class: "fig-given" }, ...names.slice(0, -1).map(card)),
      card(names.at(-1)),
    );

  /** After another number the losses so far say nothing any more. */
  function forget() {
    walk.stop();
    state.losses = [];
    state.phase = LAST;
    draw();
  }

  function advance() {
    state.phase = state.phase >= LAST ? 1 : state.phase + 1;
    draw();
    return state.phase < LAST;
  }

  function step() {
    walk.stop();
    const { now, lr } = state;
    const values = forwardWindow(now);
    const back = backwardWindow(now, values);
    state.losses.push(values.loss);
    now.weights = now.weights.map((weight, n) => weight - lr * back.weights[n]);
    now.bias -= lr * back.bias;
    state.phase = LAST;
    draw();
  }

  const walk = player(advance, { pause: 900 });
  const phase = element("p", { class: "fig-phase" });
  const history = element("p", { class: "fig-history" });
  const curve = drawn("svg", { viewBox: "0 0 200 60", class: "fig-curve", "aria-hidden": "true" });
  const rate = slider({
    label: "Learning rate",
    min: 0,
    max: 0.5,
    step: 0.01,
    value: state.lr,
    onChange: (lr) => {
      state.lr = lr;
    },
  });
  root.append(
    element(
      "div",
      { class: "fig-graph" },
      row("x1", "w1", "p1"),
      row("x2", "w2", "p2"),
      row("b", "z"),
      row("a"),
      row("t", "e"),
      row("loss"),
    ),
    phase,
    element(
      "div",
      { class: "fig-bar" },
      walk.root,
      button("Next", () => {
        walk.stop();
        advance();
      }),
      button("Take a step", step),
      button("Begin anew", () => {
        state.now = fresh();
        forget();
      }),
    ),
    element("div", { class: "fig-controls" }, rate.root, element("div", {}, history, curve)),
    spoken.root,
  );

  function redraw() {
    const values = forwardWindow(state.now);
    const back = backwardWindow(state.now, values);
    const { phase: at } = state;
    for (const { name, where, box, gradient } of inputs) {
      const [holder, key] = where(state.now);
      if (document.activeElement !== box || typed(box.value) !== holder[key]) {
        if (box.getAttribute("aria-invalid") !== "true") box.value = written(holder[key], DIGITS);
      }
      put(gradient, at >= BACK[name] ? `∂ ${written(gradientOf[name](back), DIGITS)}` : "");
      gradient.parentElement.classList.toggle("fig-active", at === BACK[name] && at < LAST);
    }
    for (const { name, phase: begins, of, value, gradient, root: box } of nodes) {
      put(value, at >= begins ? written(of(values), DIGITS) : "");
      put(gradient, at >= BACK[name] ? `∂ ${written(gradientOf[name](back), DIGITS)}` : "");
      box.classList.toggle("fig-active", at === begins || at === BACK[name]);
    }
    phase.textContent =
      at === LAST && !walk.playing()
        ? `${PHASES[LAST]} A step moves w₁, w₂ and b against their ∂.`
        : PHASES[at];
    const losses = [...state.losses, values.loss];
    history.textContent = `Loss: ${losses
      .slice(-4)
      .map((loss) => written(loss, DIGITS))
      .join(" → ")}`;
    drawCurve(losses.slice(-20));
    spoken.say(
      at === LAST
        ? `Loss ${written(values.loss, DIGITS)}; weights ${state.now.weights
            .map((weight) => written(weight, DIGITS))
            .join(" and ")}, bias ${written(state.now.bias, DIGITS)}.`
        : PHASES[at],
    );
  }

  function drawCurve(losses) {
    const most = Math.max(...losses, 1e-9);
    const points = losses.map((loss, n) => `${5 + n * 10},${(55 - (50 * loss) / most).toFixed(1)}`);
    const [x, y] = points.at(-1).split(",");
    curve.replaceChildren(
      drawn("polyline", { points: points.join(" "), class: "fig-lines" }),
      drawn("circle", { cx: x, cy: y, r: 3, class: "fig-unit fig-kernel" }),
    );
  }

  /** Change a text, and let it light up for a moment where motion is welcome. */
  function put(place, words) {
    if (place.textContent === words) return;
    place.textContent = words;
    place.classList.remove("fig-changed");
    if (words) requestAnimationFrame(() => place.classList.add("fig-changed"));
  }
  redraw();
}
