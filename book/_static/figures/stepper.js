/** The stepper: a kernel walks over an image, and every output says what it is the sum of. */

import { conv2d, flipped, outputSize, pad, products, shape } from "./tensor.js";
import {
  OWN,
  announcer,
  button,
  choice,
  chosenKernel,
  element,
  numberGrid,
  oncePerFrame,
  panel,
  player,
  slider,
  written,
} from "./ui.js";

const counted = (rows, columns) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => i * columns + j + 1));
const random = () =>
  Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => Math.floor(Math.random() * 10)));

/** Images to begin with: a name for the reader, and what makes the numbers. */
export const IMAGES = {
  nine: ["1 to 9", () => counted(3, 3)],
  sixteen: ["1 to 16", () => counted(4, 4)],
  fortynine: ["1 to 49", () => counted(7, 7)],
  bar: ["a black bar", () => Array.from({ length: 6 }, () => [1, 1, 0, 0, 0, 0, 1, 1])],
  point: ["a white point", () => counted(5, 5).map((row) => row.map((n) => Number(n === 13)))],
  random: ["random numbers", random],
};

/** Kernels to begin with, likewise. */
export const KERNELS = {
  diagonal: ["diagonal", () => [[1, 0, 0], [0, 1, 0], [0, 0, 1]]],
  difference: ["difference", () => [[1, -1]]],
  corner: ["2 by 2", () => [[1, -2], [3, 4]]],
  numbered: ["1 to 9", () => counted(3, 3)],
  sobel: ["Sobel x", () => [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]],
  outline: ["outline", () => [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]],
  sum: ["all ones", () => [[1, 1, 1], [1, 1, 1], [1, 1, 1]]],
};

/**
 * Fill `root` with the figure. Settings: `image` and `kernel` (names from above), `stride`, `padding`,
 * `dilation`, `flip`, `at` (the output to begin with).
 */
export function stepper(root, settings = {}) {
  const state = {
    image: IMAGES[settings.image ?? "nine"][1](),
    kernel: KERNELS[settings.kernel ?? "diagonal"][1](),
    stride: settings.stride ?? 1,
    padding: settings.padding ?? 0,
    dilation: settings.dilation ?? 1,
    flip: settings.flip ?? false,
    at: settings.at ?? [0, 0],
    // While the kernel walks, the outputs that it has not reached are empty.
    walking: false,
  };
  const spoken = announcer();
  const draw = oncePerFrame(redraw);
  const size = () => {
    const [rows, columns] = shape(state.image);
    const [height, width] = shape(state.kernel);
    return [outputSize(rows, height, state), outputSize(columns, width, state)];
  };

  const image = numberGrid({
    label: "image",
    kind: "input",
    onEdit: (row, column, number) => {
      state.image[row - state.padding][column - state.padding] = number;
      images.set("own");
      draw();
    },
    onPoint: (row, column) => {
      // The window whose middle is nearest to the pointer.
      const [rows, columns] = size();
      const [height, width] = shape(state.kernel);
      const nearest = (place, weights, outputs) => {
        const middle = (state.dilation * (weights - 1)) / 2;
        return Math.min(outputs - 1, Math.max(0, Math.round((place - middle) / state.stride)));
      };
      moveTo(nearest(row, height, rows), nearest(column, width, columns));
    },
  });
  const { names: kernels, weights: kernel } = chosenKernel({
    options: Object.entries(KERNELS).map(([key, [name]]) => [key, name]),
    value: settings.kernel ?? "diagonal",
    make: (name) => KERNELS[name][1](),
    state,
    draw,
  });
  const laid = numberGrid({ label: "kernel, flipped", kind: "kernel" });
  const output = numberGrid({ label: "output", kind: "output", onPoint: moveTo, follow: true });

  function moveTo(row, column) {
    const [rows, columns] = size();
    if (row < 0 || column < 0 || row >= rows || column >= columns) return;
    walk.stop();
    if (!state.walking && row === state.at[0] && column === state.at[1]) return;
    state.walking = false;
    state.at = [row, column];
    draw();
  }

  /** One output on or back; says whether there is another after it. */
  function advance(by = 1) {
    const [rows, columns] = size();
    const last = rows * columns - 1;
    if (last < 0) return false;
    const now = state.at[0] * columns + state.at[1] + by;
    // After the last one it begins anew.
    const next = now > last ? 0 : Math.max(0, now);
    state.walking = true;
    state.at = [Math.floor(next / columns), next % columns];
    draw();
    return next < last;
  }

  const walk = player(advance);
  const set = (name) => (value) => {
    state[name] = value;
    draw();
  };
  const images = choice({
    label: "Image",
    options: [...Object.entries(IMAGES).map(([key, [name]]) => [key, name]), OWN],
    value: settings.image ?? "nine",
    onChange: (name) => {
      if (name !== "own") state.image = IMAGES[name][1]();
      draw();
    },
  });
  const operations = choice({
    label: "Operation",
    options: [
      ["correlation", "cross-correlation"],
      ["convolution", "convolution"],
    ],
    value: state.flip ? "convolution" : "correlation",
    onChange: (name) => set("flip")(name === "convolution"),
  });

  const flippedPanel = panel("laid on, flipped", laid.root);
  const outputTitle = element("span");
  const sum = element("div", { class: "fig-sum", role: "group", "aria-label": "products and sum" });
  const formula = element("p", { class: "fig-formula" });
  root.append(
    element(
      "div",
      { class: "fig-panels" },
      panel("image", image.root),
      element(
        "div",
        { class: "fig-aside" },
        panel("kernel", kernel.root),
        flippedPanel,
        panel(outputTitle, output.root),
      ),
    ),
    element(
      "div",
      { class: "fig-bar" },
      button("Back", () => {
        walk.stop();
        advance(-1);
      }),
      walk.root,
      button("Step", () => {
        walk.stop();
        advance();
      }),
    ),
    sum,
    element(
      "div",
      { class: "fig-controls" },
      images.root,
      kernels.root,
      operations.root,
      slider({ label: "Stride", min: 1, max: 3, value: state.stride, onChange: set("stride") }).root,
      slider({ label: "Padding", min: 0, max: 2, value: state.padding, onChange: set("padding") }).root,
      slider({ label: "Dilation", min: 1, max: 3, value: state.dilation, onChange: set("dilation") }).root,
    ),
    formula,
    spoken.root,
  );

  function redraw() {
    const [rows, columns] = size();
    const fits = rows > 0 && columns > 0;
    state.at = [
      Math.max(0, Math.min(state.at[0], rows - 1)),
      Math.max(0, Math.min(state.at[1], columns - 1)),
    ];
    const terms = fits ? products(state.image, state.kernel, state.at, state) : [];
    const answer = fits ? conv2d(state.image, state.kernel, state) : [];
    const met = new Map(terms.map((term) => [`${term.row} ${term.column}`, term]));
    const { padding } = state;
    const [imageRows, imageColumns] = shape(state.image);
    const ring = (row, column) =>
      row < padding || column < padding || row >= imageRows + padding || column >= imageColumns + padding;

    image.show(pad(state.image, padding), {
      ring: padding,
      look: (row, column) =>
        `${ring(row, column) ? "fig-ring" : ""} ${met.has(`${row} ${column}`) ? "fig-met" : ""}`,
      note: (row, column) => {
        const term = met.get(`${row} ${column}`);
        return term ? `×${written(term.weight)}` : "";
      },
    });
    kernel.show(state.kernel);
    laid.show(flipped(state.kernel));
    flippedPanel.hidden = !state.flip;
    const place = state.at[0] * columns + state.at[1];
    output.show(answer, {
      look: (row, column) => (row === state.at[0] && column === state.at[1] ? "fig-here" : ""),
      text: (number, row, column) =>
        state.walking && row * columns + column > place ? "" : written(number),
    });
    output.reach(...state.at, output.root.contains(document.activeElement));
    outputTitle.textContent = fits ? `output, ${rows} × ${columns}` : "output";
    showSum(terms, fits ? answer[state.at[0]][state.at[1]] : null);
    showFormula(rows, columns);
    const said = terms.map((term) => `${written(term.pixel)} times ${written(term.weight)}`).join(", plus ");
    if (fits) {
      spoken.say(
        `Row ${state.at[0] + 1}, column ${state.at[1] + 1}: ` +
          `${said}, makes ${written(answer[state.at[0]][state.at[1]])}.`,
      );
    }
  }

  function showSum(terms, total) {
    if (total === null) {
      const [height, width] = shape(state.kernel).map((weights) => state.dilation * (weights - 1) + 1);
      const [rows, columns] = shape(state.image).map((pixels) => pixels + 2 * state.padding);
      const message = `The kernel spans ${height} × ${width} pixels and does not fit into ${rows} × ${columns}.`;
      sum.replaceChildren(message);
      spoken.say(message);
      return;
    }
    sum.style.setProperty("--columns", shape(state.kernel)[1]);
    sum.replaceChildren(
      element(
        "div",
        { class: "fig-terms" },
        ...terms.map((term, n) =>
          element(
            "span",
            { class: term.product === 0 ? "fig-term fig-nothing" : "fig-term" },
            n ? "+ " : "",
            element("b", { class: "fig-of-input" }, written(term.pixel)),
            " · ",
            element("b", { class: "fig-of-kernel" }, bracketed(term.weight)),
          ),
        ),
      ),
      element("span", { class: "fig-total" }, "= ", element("b", { class: "fig-of-output" }, written(total))),
    );
  }

  function showFormula(rows, columns) {
    const [height, width] = shape(state.kernel);
    const [imageRows, imageColumns] = shape(state.image);
    const { stride, padding, dilation } = state;
    const line = (name, pixels, weights, outputs) =>
      element(
        "span",
        {},
        `${name}: ⌊(${pixels} + 2·${padding} − ${dilation}·(${weights} − 1) − 1) / ${stride}⌋ + 1 = `,
        element("b", { class: "fig-of-output" }, String(outputs)),
      );
    formula.replaceChildren(
      ...(imageRows === imageColumns && height === width
        ? [line("rows and columns", imageRows, height, rows)]
        : [line("rows", imageRows, height, rows), line("columns", imageColumns, width, columns)]),
    );
  }
  redraw();
}

/** A factor as it stands behind a dot: a negative number in brackets. */
function bracketed(number) {
  return number < 0 ? `(${written(number)})` : written(number);
}
