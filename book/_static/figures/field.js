/** The receptive field: layers on top of each other, and what one unit sees of those below. */

import { pathCounts, receptiveFields } from "./tensor.js";
import {
  announcer,
  arrow,
  button,
  checkbox,
  choice,
  drawn,
  element,
  oncePerFrame,
  slider,
} from "./ui.js";

const conv = (kernel, more = {}) => ({ kernel, stride: 1, dilation: 1, padding: 0, ...more });
const pool = { kernel: 2, stride: 2, dilation: 1, padding: 0 };

/** Stacks to begin with: a name, the pixels of the image, and the layers. */
export const STACKS = {
  two: ["two kernels of 3", 9, [conv(3), conv(3)]],
  one: ["one kernel of 5", 9, [conv(5)]],
  lenet: ["LeNet-5", 32, [conv(5), pool, conv(5), pool, conv(5)]],
  pooling: ["3, then pooling", 22, [conv(3), pool, conv(3), pool, conv(3)]],
  doubled: ["dilation 1, 2, 4", 19, [conv(3), conv(3, { dilation: 2 }), conv(3, { dilation: 4 })]],
  holes: ["dilation 2, 2, 2", 17, [1, 2, 3].map(() => conv(3, { dilation: 2 }))],
  padded: ["padded by 1", 10, [1, 2, 3].map(() => conv(3, { padding: 1 }))],
};
const MOST_LAYERS = 5;
const LIMITS = { kernel: [1, 7], stride: [1, 3], dilation: [1, 4], padding: [0, 3] };
const WIDEST = 640;
const WIDEST_STEP = 34;
const ROW = 46;

/** Fill `root` with the figure. Settings: `stack`, a name from above. */
export function field(root, settings = {}) {
  const state = { pixels: 0, layers: [], at: [0, 0] };
  const spoken = announcer();
  const draw = oncePerFrame(redraw);
  const drawing = element("div", {
    class: "fig-stack",
    tabindex: "0",
    role: "application",
    "aria-label": "units of all layers; arrow keys choose a unit",
  });
  const table = element("div", { class: "fig-layers" });
  const recursion = element("ol", { class: "fig-recursion", start: 0 });
  const answer = element("p", { class: "fig-answer" });
  const square = element("canvas", { class: "fig-square", role: "img" });
  let places = [];
  let width = WIDEST;

  function take(name) {
    const [, pixels, layers] = STACKS[name];
    state.pixels = pixels;
    state.layers = layers.map((layer) => ({ ...layer }));
    image.set(pixels);
    build();
    const units = receptiveFields(pixels, layers).at(-1).units;
    state.at = [layers.length, Math.floor((units - 1) / 2)];
    draw();
  }

  const stacks = choice({
    label: "Stack",
    options: [...Object.entries(STACKS).map(([key, [name]]) => [key, name]), ["own", "my own"]],
    value: settings.stack ?? "two",
    onChange: (name) => name !== "own" && take(name),
  });
  const image = slider({
    label: "Pixels of the image",
    min: 4,
    max: 40,
    value: 9,
    onChange: (pixels) => {
      state.pixels = pixels;
      stacks.set("own");
      draw();
    },
  });
  const counted = checkbox({ label: "count paths", value: true, onChange: () => draw() });
  const more = button("Add a layer", () => {
    state.layers.push(conv(3));
    state.at = [state.layers.length, state.at[1]];
    stacks.set("own");
    build();
    draw();
  });
  const less = button("Take one off", () => {
    state.layers.pop();
    stacks.set("own");
    build();
    draw();
  });

  /** The rows of inputs, one for each layer; made anew when their number changes. */
  function build() {
    const heads = ["layer", ...Object.keys(LIMITS)];
    const rows = state.layers.map((layer, n) =>
      element(
        "div",
        { role: "row" },
        element("span", { role: "rowheader" }, String(n + 1)),
        ...Object.entries(LIMITS).map(([name, [min, max]]) => {
          const input = element("input", {
            type: "number",
            min,
            max,
            value: layer[name],
            "aria-label": `layer ${n + 1}, ${name}`,
          });
          input.addEventListener("input", () => {
            const number = Number(input.value);
            const right = input.value !== "" && Number.isInteger(number) && number >= min && number <= max;
            input.setAttribute("aria-invalid", !right);
            if (!right) return;
            layer[name] = number;
            stacks.set("own");
            draw();
          });
          return element("span", { role: "cell" }, input);
        }),
      ),
    );
    const head = element(
      "div",
      { role: "row" },
      ...heads.map((name) => element("span", { role: "columnheader" }, name)),
    );
    table.replaceChildren(
      element("div", { role: "table", "aria-label": "layers, from the image upwards" }, head, ...rows),
    );
    more.disabled = state.layers.length >= MOST_LAYERS;
    less.disabled = state.layers.length <= 1;
  }

  function choose(layer, unit) {
    const fields = receptiveFields(state.pixels, state.layers);
    if (!fields[layer]?.units) return;
    const within = Math.max(0, Math.min(fields[layer].units - 1, unit));
    if (layer === state.at[0] && within === state.at[1]) return;
    state.at = [layer, within];
    draw();
  }

  function point(event) {
    const box = drawing.firstChild.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * (ROW * places.length);
    const layer = Math.max(0, Math.min(places.length - 1, places.length - 1 - Math.floor(y / ROW)));
    const distances = places[layer].map((place) => Math.abs(place - x));
    if (distances.length) choose(layer, distances.indexOf(Math.min(...distances)));
  }
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const [layer, unit] = state.at;
    if (step[1]) choose(layer, unit + step[1]);
    else {
      // The unit of the other layer that lies above or below.
      const fields = receptiveFields(state.pixels, state.layers);
      const to = fields[layer - step[0]];
      if (to) choose(layer - step[0], Math.round((middle(fields[layer], unit) - middle(to, 0)) / to.jump));
    }
  });

  root.append(
    drawing,
    element("div", { class: "fig-panels" }, element("div", { class: "fig-aside" }, answer, recursion), square),
    element("div", { class: "fig-controls" }, stacks.root, image.root, counted.root),
    table,
    element("div", { class: "fig-bar" }, more, less),
    spoken.root,
  );

  function redraw() {
    const fields = receptiveFields(state.pixels, state.layers);
    state.at[0] = Math.min(state.at[0], state.layers.length);
    while (state.at[0] > 0 && !fields[state.at[0]].units) state.at[0] -= 1;
    state.at[1] = Math.min(state.at[1], fields[state.at[0]].units - 1);
    const [layer, unit] = state.at;
    const counts = pathCounts(state.pixels, state.layers, layer, unit);
    drawStack(fields, counts, layer, unit);
    drawSquare(counts[0]);
    tell(fields, counts[0], layer, unit);
  }

  function drawStack(fields, counts, layer, unit) {
    const { size, jump, start } = fields[layer];
    const first = start + unit * jump;
    // Room for padding that the field reaches into.
    const least = Math.min(0, first);
    const most = Math.max(state.pixels, first + size);
    width = Math.max(300, Math.min(WIDEST, WIDEST_STEP * (most - least)));
    const step = Math.min(WIDEST_STEP, width / (most - least));
    const offset = (width - step * (most - least)) / 2;
    const x = (pixel) => offset + (pixel + 0.5 - least) * step;
    const rows = fields.length;
    const y = (n) => (rows - 1 - n) * ROW + ROW / 2;
    const side = Math.min(26, step * 0.86);
    places = fields.map((below, n) =>
      Array.from({ length: below.units }, (_, i) => x(middle(fields[n], i))),
    );
    const lines = [];
    for (let n = layer; n > 0; n -= 1) {
      const { kernel, stride, dilation, padding } = state.layers[n - 1];
      counts[n].forEach((paths, i) => {
        if (!paths) return;
        for (let a = 0; a < kernel; a += 1) {
          const below = i * stride - padding + a * dilation;
          if (below >= 0 && below < counts[n - 1].length) {
            lines.push(`M${places[n][i].toFixed(1)} ${y(n)}L${places[n - 1][below].toFixed(1)} ${y(n - 1)}`);
          }
        }
      });
    }
    const cells = places.flatMap((row, n) => {
      const largest = Math.max(1, ...(counts[n] ?? []));
      return row.map((place, i) => {
        const paths = counts[n]?.[i] ?? 0;
        const here = n === layer && i === unit;
        const kind = n === 0 ? "input" : "output";
        const cell = drawn("rect", {
          x: (place - side / 2).toFixed(1),
          y: (y(n) - side / 2).toFixed(1),
          width: side.toFixed(1),
          height: side.toFixed(1),
          class: `fig-unit fig-${kind}${here ? " fig-chosen" : ""}`,
          "fill-opacity": here ? 1 : paths ? (0.15 + (0.85 * paths) / largest).toFixed(2) : 0,
        });
        return cell;
      });
    });
    // The frame that the recursion gives, in the image.
    const frame = drawn("rect", {
      x: x(first) - step / 2,
      y: y(0) - ROW / 2 + 2,
      width: size * step,
      height: ROW - 4,
      class: "fig-frame",
    });
    const svg = drawn(
      "svg",
      { viewBox: `0 0 ${width} ${rows * ROW}`, "aria-hidden": "true", style: `max-width: ${width}px` },
      drawn("path", { d: lines.join(""), class: "fig-lines" }),
      ...cells,
      frame,
    );
    drawing.replaceChildren(svg);
  }

  /** The image as the unit sees it, rows and columns alike: paths of both axes multiply. */
  function drawSquare(paths) {
    const n = paths.length;
    const scale = Math.max(1, Math.floor(200 / n));
    square.width = n * scale;
    square.height = n * scale;
    const context = square.getContext("2d");
    const largest = Math.max(1, ...paths) ** 2;
    context.fillStyle = getComputedStyle(root).getPropertyValue("--cnn-input");
    paths.forEach((down, i) =>
      paths.forEach((right, j) => {
        if (!down || !right) return;
        context.globalAlpha = counted.root.firstChild.checked ? 0.12 + (0.88 * down * right) / largest : 1;
        context.fillRect(j * scale, i * scale, scale, scale);
      }),
    );
    const seen = paths.filter(Boolean).length;
    square.setAttribute("aria-label", `the image, of which ${seen} by ${seen} pixels are seen`);
  }

  function tell(fields, paths, layer, unit) {
    const { size, jump, start } = fields[layer];
    const first = start + unit * jump;
    const seen = paths.filter(Boolean).length;
    const where = layer ? `Unit ${unit} of layer ${layer}` : `Pixel ${unit}`;
    const padding = first < 0 || first + size > state.pixels;
    const words =
      `${where} sees pixels ${first} to ${first + size - 1}, a field of ${size}. ` +
      (seen < size ? `It reads ${seen} of them${padding ? "; others lie in the padding" : ""}. ` : "");
    answer.textContent = words.replaceAll("-", "−");
    if (counted.root.firstChild.checked) {
      const [from, to] = [paths.findIndex(Boolean), paths.findLastIndex(Boolean)];
      const numbers = paths.slice(from, to + 1);
      answer.append(
        element("span", { class: "fig-paths" }, "Paths: ", element("b", {}, numbers.join(" "))),
      );
    }
    recursion.replaceChildren(
      ...fields.map((now, n) => {
        const chosen = n === layer ? "fig-now" : "";
        if (n === 0) return element("li", { class: chosen }, "image: r = 1, j = 1");
        const before = fields[n - 1];
        const { kernel, stride, dilation } = state.layers[n - 1];
        const spread = dilation > 1 ? `${dilation}·` : "";
        const none = now.units ? "" : " — the kernel does not fit";
        return element(
          "li",
          { class: chosen },
          `r = ${before.size} + ${spread}(${kernel} − 1)·${before.jump} = `,
          element("b", {}, String(now.size)),
          `, j = ${before.jump}·${stride} = ${now.jump}${none}`,
        );
      }),
    );
    spoken.say(answer.textContent);
  }
  // The square takes the colour of the page's mode when that changes.
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  take(settings.stack ?? "two");
}

/** Where a unit's field has its middle, in pixels. */
function middle({ size, jump, start }, unit) {
  return start + unit * jump + (size - 1) / 2;
}
