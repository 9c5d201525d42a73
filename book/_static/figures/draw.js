/** Draw a digit: a trained network runs in the page, and every number in it can be looked at. */

import { asMnist, emptyPad, forward, softmax, stroke, unit, unpackedWeights } from "./network.js";
import { STROKES, grey, paint, signed } from "./pictures.js";
import { announcer, arrow, button, choice, element, oncePerFrame, panel, slider, written } from "./ui.js";

const PAD = 112;
const PEN = 4.5;
const GAP = 1;

/** Layers that are shown: the name in network.js, a title, how many maps a row, whether after ReLU. */
const LAYERS = [
  ["conv1", "first convolution, 6 maps", 6, false],
  ["relu1", "pooled, ReLU", 6, true],
  ["conv2", "second convolution, 16 maps", 8, false],
  ["relu2", "pooled, ReLU", 8, true],
  ["relu3", "120 units, all connected", 40, true],
  ["relu4", "84 units", 42, true],
];

/** What can be put on the pad: strokes as rows of points on a field of 28 by 28. */
const EXAMPLES = {
  ...STROKES,
  two: [[[9, 9], [11, 6], [15, 5.5], [18, 8], [17, 12], [9, 22]], [[9, 22], [19, 22]]],
  both: [
    [[3, 8], [11, 8], [6, 21]],
    [[16, 9], [18, 7.5], [22, 8], [23, 11], [19, 14]],
    [[19, 14], [23.5, 16], [23, 19.5], [19, 21.5], [15.5, 20]],
  ],
  letter: [[[7, 23], [14, 5], [21, 23]], [[10, 16], [18, 16]]],
};
const CHOICES = [
  ["own", "my own"],
  ["seven", "a seven"],
  ["three", "a three"],
  ["four", "a four"],
  ["two", "a two"],
  ["both", "two digits"],
  ["letter", "a letter"],
  ["noise", "noise"],
];

/** Numbers from 0 to 1 that look random and are always the same. */
function noise(count) {
  let state = 7;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648 > 0.75 ? 1 : 0;
  });
}

/** All maps of a layer on one field, with a gap between them; where nothing is, NaN. */
export function mosaic({ channels, side, data }, columns) {
  const pace = side + GAP;
  const rows = Math.ceil(channels / columns);
  const field = Array.from({ length: rows * pace - GAP }, () => new Array(columns * pace - GAP).fill(NaN));
  for (let c = 0; c < channels; c += 1) {
    const [top, left] = [Math.floor(c / columns) * pace, (c % columns) * pace];
    for (let i = 0; i < side; i += 1) {
      for (let j = 0; j < side; j += 1) field[top + i][left + j] = data[(c * side + i) * side + j];
    }
  }
  return field;
}

function largest(numbers) {
  let most = 0;
  for (const number of numbers) most = Math.max(most, Math.abs(number));
  return most;
}

/** A colour that leaves gaps empty. */
function withGaps(colour) {
  return (number, data, at) => {
    if (Number.isNaN(number)) data[at + 3] = 0;
    else colour(number, data, at);
  };
}

/** A frame that can be put around a part of a canvas that has a stage of its own. */
function framed(kind) {
  const frame = element("div", { class: `fig-window ${kind}`, hidden: true });
  const around = (canvas, left, top, width, height) => {
    frame.hidden = false;
    canvas.after(frame);
    frame.style.left = `${(100 * left) / canvas.width}%`;
    frame.style.top = `${(100 * top) / canvas.height}%`;
    frame.style.width = `${(100 * width) / canvas.width}%`;
    frame.style.height = `${(100 * height) / canvas.height}%`;
  };
  const hide = () => {
    frame.hidden = true;
  };
  return { around, hide };
}

/** Fill `root` with the figure. Settings: `example`, what stands on the pad at first. */
export function draw(root, settings = {}) {
  const looks = (globalThis.cnnbookNetwork ?? []).map(({ steps, accuracy, weights }) => ({
    steps,
    accuracy,
    weights: unpackedWeights(weights),
  }));
  if (!looks.length) throw new Error("the weights of the network are not there");
  const state = {
    pad: emptyPad(PAD),
    look: looks.length - 1,
    at: ["conv1", 0, 11, 11],
    pen: [PAD / 2, PAD / 2],
    down: false,
    layers: null,
  };
  const spoken = announcer();
  const show = oncePerFrame(redraw);

  const pad = element("canvas", {
    class: "fig-picture fig-pad",
    width: PAD,
    height: PAD,
    tabindex: 0,
    role: "application",
    "aria-label": "room to draw in; draw with a pointer, or move the pen by the arrow keys and lower or lift it by the space key",
  });
  const cursor = element("div", { class: "fig-pen", hidden: true });
  const seen = element("canvas", { class: "fig-picture", role: "img", "aria-label": "the 28 by 28 pixels that the network sees" });
  const answer = element("p", { class: "fig-answer fig-guess" });
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const share = element("span", { class: "fig-share" });
    const percent = element("span", { class: "fig-percent" });
    const row = element("div", { class: "fig-probability", "data-digit": digit }, element("b", {}, String(digit)), element("span", { class: "fig-track" }, share), percent);
    return { row, share, percent };
  });

  function penTo(x, y, drawing) {
    if (drawing) {
      if (examples.value() !== "own") begin("own", false);
      stroke(state.pad, state.pen, [x, y], PEN);
    }
    state.pen = [x, y];
    show();
  }
  const placeOf = (event) => {
    const box = pad.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * PAD - 0.5,
      ((event.clientY - box.top) / box.height) * PAD - 0.5,
    ];
  };
  let drawing = false;
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    drawing = true;
    cursor.hidden = true;
    state.pen = placeOf(event);
    penTo(...state.pen, true);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    // A fast hand makes several points a frame; without them curves have corners.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) penTo(...placeOf(each), true);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, () => {
      drawing = false;
    });
  }
  pad.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (step) {
      const limited = (place) => Math.max(PEN, Math.min(PAD - PEN, place));
      cursor.hidden = false;
      penTo(limited(state.pen[0] + 4 * step[1]), limited(state.pen[1] + 4 * step[0]), state.down);
    } else if (event.key === " ") {
      state.down = !state.down;
      cursor.hidden = false;
      cursor.classList.toggle("fig-pen-down", state.down);
      penTo(...state.pen, state.down);
    } else return;
    event.preventDefault();
  });

  /** Put an example on the pad, or leave what is there and call it one's own. */
  function begin(name, wipe = true) {
    examples.set(name);
    if (wipe || state.fixed) state.pad = emptyPad(PAD);
    state.fixed = null;
    if (name === "noise") state.fixed = noise(28 * 28);
    for (const line of EXAMPLES[name] ?? []) {
      const points = line.map(([x, y]) => [x * 4, y * 4]);
      for (let n = 1; n < points.length; n += 1) stroke(state.pad, points[n - 1], points[n], PEN);
    }
    show();
  }

  const examples = choice({ label: "On the pad", options: CHOICES, value: "own", onChange: (name) => begin(name) });
  const training = slider({
    label: "Training",
    min: 0,
    max: looks.length - 1,
    value: state.look,
    say: (place) => `${looks[place].steps} steps`,
    onChange: (place) => {
      state.look = place;
      show();
    },
  });
  const trained = element("p", { class: "fig-pointed fig-trained" });

  const canvases = {};
  const here = framed("fig-output");
  const under = framed("fig-input");
  const rows = LAYERS.map(([name, title, columns, positive]) => {
    const canvas = element("canvas", {
      class: `fig-picture fig-maps${positive ? " fig-positive" : ""}`,
      role: "img",
      "aria-label": title,
      "data-layer": name,
    });
    canvases[name] = canvas;
    const point = (event) => {
      const { channels, side } = state.layers[name];
      const box = canvas.getBoundingClientRect();
      const pace = side + GAP;
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      const channel = Math.floor(y / pace) * columns + Math.floor(x / pace);
      const [row, column] = [y % pace, x % pace];
      if (channel < channels && row < side && column < side) lookAt(name, channel, row, column);
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    return panel(title, element("div", { class: "fig-stage" }, canvas));
  });
  const kernels = element("canvas", { class: "fig-picture fig-maps", role: "img", "aria-label": "the six kernels of the first convolution" });

  const layerChoice = choice({
    label: "Look at a unit of",
    options: [...LAYERS.map(([name, title]) => [name, title]), ["scores", "the ten scores"]],
    value: "conv1",
    onChange: (name) => lookAt(name, 0, 0, 0),
  });
  const place = { say: (number) => String(number), min: 1, value: 1, max: 6 };
  const channelSlider = slider({ label: "Map or unit", ...place, onChange: (n) => lookAt(state.at[0], n - 1, state.at[2], state.at[3]) });
  const rowSlider = slider({ label: "Row", ...place, onChange: (n) => lookAt(state.at[0], state.at[1], n - 1, state.at[3]) });
  const columnSlider = slider({ label: "Column", ...place, onChange: (n) => lookAt(state.at[0], state.at[1], state.at[2], n - 1) });
  const detail = element("div", { class: "fig-unit-of" });
  const parts = {
    title: element("p"),
    root: element("div", { class: "fig-parts" }),
    pictures: [],
    sum: element("span"),
    value: element("b", { class: "fig-of-output" }),
  };

  function lookAt(name, channel, row, column) {
    state.at = [name, channel, row, column];
    const { channels, side } = state.layers[name];
    layerChoice.set(name);
    channelSlider.limit(1, channels);
    channelSlider.set(channel + 1);
    for (const [control, value] of [[rowSlider, row], [columnSlider, column]]) {
      control.limit(1, side);
      control.set(value + 1);
      control.root.hidden = side === 1;
    }
    show();
  }

  root.append(
    element(
      "div",
      { class: "fig-drawing" },
      panel("draw here", element("div", { class: "fig-stage" }, pad, cursor)),
      panel("what the network sees", element("div", { class: "fig-stage" }, seen)),
      panel("what it says", ...bars.map(({ row }) => row)),
    ),
    answer,
    element("div", { class: "fig-bar" }, button("Clear", () => begin("own"))),
    element("div", { class: "fig-controls" }, examples.root, training.root),
    trained,
    element("div", { class: "fig-layers-of" }, panel("the six kernels", kernels), ...rows),
    element("div", { class: "fig-controls" }, layerChoice.root, channelSlider.root, rowSlider.root, columnSlider.root),
    detail,
    spoken.root,
  );

  function redraw() {
    const { weights, steps, accuracy } = looks[state.look];
    const pixels = state.fixed ?? asMnist(state.pad);
    const empty = !pixels.some((level) => level > 0);
    const layers = forward(weights, pixels);
    state.layers = layers;
    const tiles = (data, side) => Array.from({ length: side }, (_, i) => data.slice(i * side, (i + 1) * side));
    paint(pad, state.fixed ? tiles(state.fixed, 28) : tiles(state.pad.ink, PAD), grey());
    paint(seen, tiles(pixels, 28), grey());
    cursor.style.left = `${(100 * (state.pen[0] + 0.5)) / PAD}%`;
    cursor.style.top = `${(100 * (state.pen[1] + 0.5)) / PAD}%`;

    const shares = softmax(layers.scores.data);
    const best = shares.indexOf(Math.max(...shares));
    bars.forEach(({ row, share, percent }, digit) => {
      share.style.width = `${100 * shares[digit]}%`;
      percent.textContent = `${(100 * shares[digit]).toFixed(1)} %`;
      row.classList.toggle("fig-best", digit === best && !empty);
    });
    answer.textContent = empty
      ? "The pad is empty, and the network says something all the same."
      : `It says ${best}, with a probability of ${(100 * shares[best]).toFixed(1)} %.`;
    trained.textContent =
      `After ${steps} steps of training it reads ${(100 * accuracy).toFixed(1)} % of the test images rightly.`;

    const conv1 = weights["features.conv1.weight"];
    const six = { channels: conv1.shape[0], side: conv1.shape[2], data: conv1.data };
    paint(kernels, mosaic(six, six.channels), withGaps(signed(largest(six.data))));
    for (const [name, , columns, positive] of LAYERS) {
      const maps = layers[name];
      const most = largest(maps.data);
      paint(canvases[name], mosaic(maps, columns), withGaps(positive ? grey(0, most || 1) : signed(most)));
    }
    tell();
    spoken.say(answer.textContent);
  }

  /** The window, the weights and the sum of the unit that is looked at. */
  function tell() {
    const [name, channel, row, column] = state.at;
    const { side } = state.layers[name];
    const shown = LAYERS.find(([layer]) => layer === name);
    if (shown) {
      const [, , columns] = shown;
      const pace = side + GAP;
      const [left, top] = [(channel % columns) * pace + column, Math.floor(channel / columns) * pace + row];
      here.around(canvases[name], left, top, 1, 1);
    } else here.hide();
    if (name === "conv1") under.around(seen, column, row, 5, 5);
    else under.hide();
    const found = unit(looks[state.look].weights, state.layers, name, channel, row, column);
    const where = side > 1 ? `, row ${row + 1}, column ${column + 1}` : "";
    const title = name === "scores" ? `score of ${channel}` : `${side > 1 ? "map" : "unit"} ${channel + 1}${where}`;
    const value = element("b", { class: "fig-of-output" }, written(found.value, 3));
    if (found.window) {
      const numbers = found.window.flat().map((number) => written(number, 3));
      detail.replaceChildren(
        element("p", {}, `${title}: the largest of ${numbers.join(", ")}, or 0 if that is negative: `, value),
      );
      return;
    }
    const sum = found.parts.reduce((all, part) => all + part.sum, found.bias);
    const rectified = name === "relu3" || name === "relu4";
    showParts(found.parts);
    parts.title.textContent = `${title}: numbers below it times its weights, added up`;
    parts.sum.textContent =
      `${found.parts.length > 1 ? "sum of all " : "sum "}${written(sum - found.bias, 3)}, with the bias of ${written(found.bias, 3)}: ${rectified ? `${written(sum, 3)}, after ReLU ` : ""}`;
    parts.value.textContent = written(found.value, 3);
  }

  /** Paint windows and weights; canvases stay from one drawing to the next, since new ones cost time. */
  function showParts(found) {
    while (parts.pictures.length < found.length) {
      const window = element("canvas", { class: "fig-picture fig-of", role: "img", "aria-label": "the numbers below it" });
      const own = element("canvas", { class: "fig-picture fig-of", role: "img", "aria-label": "its weights" });
      const equals = element("span");
      const root = element("div", { class: "fig-part" }, window, element("span", {}, "·"), own, equals);
      parts.pictures.push({ root, window, own, equals });
    }
    found.forEach((part, number) => {
      const { window, own, equals } = parts.pictures[number];
      paint(window, part.window, grey(0, largest(part.window.flat()) || 1));
      paint(own, part.weights, signed(largest(part.weights.flat())));
      equals.textContent = `= ${written(part.sum, 3)}`;
    });
    if (parts.root.childElementCount !== found.length) {
      parts.root.replaceChildren(...parts.pictures.slice(0, found.length).map(({ root }) => root));
    }
    if (parts.root.parentElement !== detail) {
      detail.replaceChildren(parts.title, parts.root, element("p", {}, parts.sum, parts.value));
    }
  }

  state.layers = forward(looks[state.look].weights, new Float32Array(28 * 28));
  begin(settings.example ?? "own");
  lookAt("conv1", 0, 11, 11);
}
