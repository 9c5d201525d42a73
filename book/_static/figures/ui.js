/** Controls and tables of numbers that the figures share. */

let labels = 0;

/** An element with attributes, listeners (`onclick`, ...) and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** An element of a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A number as the book writes it: few decimals, no trailing zeros, and a real minus. */
export function written(number, digits = 2) {
  const rounded = Number(number.toFixed(digits));
  return String(rounded === 0 ? 0 : rounded).replace("-", "−");
}

/** The number that somebody has typed, with any minus and either decimal sign; null if it is none. */
export function typed(text) {
  const plain = text.trim().replace(/[−–]/, "-").replace(",", ".");
  return plain === "" || !Number.isFinite(Number(plain)) ? null : Number(plain);
}

/** A button; `label` may be changed by its `textContent`. */
export function button(label, onclick, attributes = {}) {
  return element("button", { type: "button", class: "fig-button", onclick, ...attributes }, label);
}

/** A slider with its name and value; `set` moves it without telling. */
export function slider({ label, min, max, step = 1, value, onChange, say = written }) {
  const id = `fig-control-${(labels += 1)}`;
  const range = element("input", { id, type: "range", min, max, step, value });
  // No <output>: it would be read aloud at every step, beside the slider's own value.
  const shown = element("span", { class: "fig-value", "aria-hidden": "true" }, say(value));
  const tell = () => {
    shown.textContent = say(Number(range.value));
    range.setAttribute("aria-valuetext", say(Number(range.value)));
  };
  tell();
  range.addEventListener("input", () => {
    tell();
    onChange(Number(range.value));
  });
  const root = element("div", { class: "fig-slider" }, element("label", { for: id }, label), shown, range);
  const set = (now) => {
    range.value = now;
    tell();
  };
  const limit = (least, most) => {
    range.min = least;
    range.max = most;
    tell();
  };
  return { root, set, limit };
}

/** A list to choose from: `options` are pairs of a value and its name. */
export function choice({ label, options, value, onChange }) {
  const id = `fig-control-${(labels += 1)}`;
  const list = element(
    "select",
    { id },
    ...options.map(([key, name]) => element("option", { value: key, selected: key === value }, name)),
  );
  list.addEventListener("change", () => onChange(list.value));
  const root = element("div", { class: "fig-choice" }, element("label", { for: id }, label), list);
  return {
    root,
    set: (now) => {
      list.value = now;
    },
    value: () => list.value,
  };
}

/** The choice of a reader who has changed a named one. */
export const OWN = ["own", "my own"];

/**
 * A kernel that is chosen by name, or made one's own by changing its weights. `options` are pairs of
 * key and name, `make` gives the weights of a key, `state.kernel` holds those in use.
 */
export function chosenKernel({ options, value, make, state, draw }) {
  const names = choice({
    label: "Kernel",
    options: [...options, OWN],
    value,
    onChange: (name) => {
      if (name !== OWN[0]) state.kernel = make(name);
      draw();
    },
  });
  const weights = numberGrid({
    label: "kernel",
    kind: "kernel",
    onEdit: (row, column, number) => {
      state.kernel[row][column] = number;
      names.set(OWN[0]);
      draw();
    },
  });
  return { names, weights };
}

/** A mark to set or to take away. */
export function checkbox({ label, value = false, onChange }) {
  const box = element("input", { type: "checkbox", checked: value });
  box.addEventListener("change", () => onChange(box.checked));
  return { root: element("label", { class: "fig-check" }, box, label) };
}

/** Tells a screen reader what has come out, once things have been quiet for a moment. */
export function announcer() {
  const root = element("div", { class: "fig-spoken", "aria-live": "polite", role: "status" });
  let waiting;
  const say = (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      root.textContent = text;
    }, 500);
  };
  return { root, say };
}

/** Runs `draw` once before the next picture, however often it is asked to. */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** A button that plays and pauses; `advance` makes a step and says whether there is another. */
export function player(advance, { pause = 600, onState = () => {} } = {}) {
  let timer;
  const root = button("Play", () => (timer ? stop() : play()), { class: "fig-button fig-play" });
  function stop() {
    clearInterval(timer);
    timer = undefined;
    root.textContent = "Play";
    onState(false);
  }
  function play() {
    root.textContent = "Pause";
    onState(true);
    timer = setInterval(() => {
      // A figure out of sight does not go on by itself.
      if (!root.isConnected || document.hidden || !advance()) stop();
    }, pause);
  }
  return { root, stop: () => timer && stop(), playing: () => Boolean(timer) };
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The step of an arrow key as [down, right], or undefined. */
export function arrow(event) {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : STEPS[event.key];
}

/**
 * A table of numbers. One of its cells can be reached by the tab key, the others by arrows.
 *
 * `onEdit(row, column, number)` makes cells inputs; `onPoint(row, column)` is told which cell the
 * pointer, a finger or the keyboard is at. `show` draws a matrix: `ring` cells at the border
 * are padding and not to be edited, `look` gives a cell's classes and `note` a small text in it.
 */
export function numberGrid({ label, kind, onEdit, onPoint, follow = false }) {
  const root = element("div", { class: `fig-grid fig-${kind}`, role: "grid", "aria-label": label });
  let cells = [];
  let built = "";
  let at = [0, 0];

  const cellOf = (target) => {
    const box = target?.closest?.("[data-row]");
    return box && root.contains(box) ? [Number(box.dataset.row), Number(box.dataset.column)] : null;
  };

  function build(rows, columns, ring) {
    built = `${rows} ${columns} ${ring}`;
    const focused = root.contains(document.activeElement);
    root.style.setProperty("--columns", columns);
    root.classList.toggle("fig-small", columns > 9);
    cells = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => {
        const inside =
          row >= ring && column >= ring && row < rows - ring && column < columns - ring;
        const editable = onEdit && inside;
        const field = editable
          ? element("input", {
              type: "text",
              inputmode: "text",
              autocomplete: "off",
              "aria-label": `${label}, row ${row - ring + 1}, column ${column - ring + 1}`,
            })
          : element("span");
        const note = element("span", { class: "fig-note", "aria-hidden": "true" });
        const box = element(
          "div",
          { role: "gridcell", class: "fig-cell", "data-row": row, "data-column": column },
          field,
          note,
        );
        const stop = editable ? field : onPoint && inside && !onEdit ? box : null;
        if (stop) stop.tabIndex = -1;
        return { box, field, note, stop, editable };
      }),
    );
    root.replaceChildren(
      ...cells.map((row) => element("div", { role: "row" }, ...row.map(({ box }) => box))),
    );
    const [row, column] = at;
    at = cells[row]?.[column]?.stop ? at : [ring, ring];
    const stop = cells[at[0]]?.[at[1]]?.stop;
    if (stop) stop.tabIndex = 0;
    if (focused) stop?.focus();
  }

  function reach(row, column, focus = true) {
    const stop = cells[row]?.[column]?.stop;
    if (!stop) return false;
    const before = cells[at[0]]?.[at[1]]?.stop;
    if (before) before.tabIndex = -1;
    stop.tabIndex = 0;
    at = [row, column];
    if (focus) stop.focus();
    return true;
  }

  root.addEventListener("keydown", (event) => {
    const step = arrow(event);
    const here = cellOf(event.target);
    if (!step || !here) return;
    const field = event.target;
    if (field.matches("input") && step[1]) {
      // Within a number the caret moves; from its ends, or when it is marked, one goes on.
      const marked = field.selectionEnd - field.selectionStart === field.value.length;
      const end = step[1] < 0 ? 0 : field.value.length;
      if (!marked && field.selectionStart !== end) return;
    }
    event.preventDefault();
    reach(here[0] + step[0], here[1] + step[1]);
  });
  root.addEventListener("focusin", (event) => {
    const here = cellOf(event.target);
    if (!here) return;
    reach(...here, false);
    if (event.target.matches("input")) event.target.select();
    if (follow) onPoint(...here);
  });
  root.addEventListener("input", (event) => {
    const here = cellOf(event.target);
    const number = typed(event.target.value);
    event.target.setAttribute("aria-invalid", number === null);
    if (here && number !== null) onEdit(here[0], here[1], number);
  });
  root.addEventListener("focusout", (event) => {
    // What is no number leaves; the last one that was stays.
    if (event.target.matches("input[aria-invalid=true]")) {
      event.target.value = event.target.dataset.shown;
      event.target.setAttribute("aria-invalid", "false");
    }
  });
  if (onPoint) {
    const point = (event) => {
      const here = cellOf(document.elementFromPoint(event.clientX, event.clientY));
      if (here) onPoint(...here);
    };
    root.addEventListener("pointermove", point);
    root.addEventListener("pointerdown", point);
  }

  function show(matrix, { ring = 0, look = () => "", note = () => "", text = (number) => written(number) } = {}) {
    const rows = matrix.length;
    const columns = matrix[0]?.length ?? 0;
    if (built !== `${rows} ${columns} ${ring}`) build(rows, columns, ring);
    matrix.forEach((numbers, row) =>
      numbers.forEach((number, column) => {
        const { box, field, note: small, editable } = cells[row][column];
        const classes = `fig-cell ${look(row, column, number)}`;
        if (box.className !== classes) box.className = classes;
        const said = text(number, row, column);
        if (editable) {
          field.dataset.shown = said;
          // Not under the hands of somebody who types "-" or "0.".
          if (document.activeElement !== field || typed(field.value) !== number) field.value = said;
        } else if (field.textContent !== said) field.textContent = said;
        const below = note(row, column);
        if (small.textContent !== below) small.textContent = below;
      }),
    );
  }
  return { root, show, reach };
}

/** A part of a figure with a title above it. */
export function panel(title, ...children) {
  return element("div", { class: "fig-panel" }, element("p", { class: "fig-title" }, title), ...children);
}

/** Keeps arrow keys inside a figure: outside of inputs, Sphinx turns the page with them. */
export function keepArrows(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") event.stopPropagation();
  });
}
