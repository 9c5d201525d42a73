/** The kernel laboratory: named kernels and one's own on a photograph, a digit or what one brings. */

import { grey, paint, picture, signed } from "./pictures.js";
import { conv2d } from "./tensor.js";
import {
  announcer,
  arrow,
  button,
  choice,
  chosenKernel,
  element,
  oncePerFrame,
  panel,
  written,
} from "./ui.js";

const SIDE = 150;

/** The kernels of cnnbook.kernels: a title, weights, and what they are divided by. */
export const NAMED = {
  identity: ["identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1],
  box_blur: ["box blur", [[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9],
  gaussian_blur: ["Gaussian blur", [[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16],
  sharpen: ["sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1],
  sobel_x: ["Sobel x", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1],
  sobel_y: ["Sobel y", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1],
  outline: ["outline", [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], 1],
  laplacian: ["Laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1],
  emboss: ["emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1],
};

/** A fresh matrix of a named kernel's weights. */
export function named(name) {
  const [, weights, divisor] = NAMED[name];
  return weights.map((row) => row.map((weight) => weight / divisor));
}

/** A seven, in the levels of a photograph. */
function digit() {
  return picture("seven", 28).map((row) => row.map((level) => Math.round(255 * level)));
}

/**
 * Fill `root` with the figure. Settings: `kernel`, a name from above. The photograph is the image of
 * the still picture in `place`.
 */
export function laboratory(root, settings = {}, place = root) {
  const state = {
    image: digit(),
    kernel: named(settings.kernel ?? "sobel_x"),
    at: null,
    answer: [],
  };
  const spoken = announcer();
  const draw = oncePerFrame(redraw);
  const photo = place.querySelector(".fig-photo");
  const scratch = element("canvas", { width: SIDE, height: SIDE });

  /** The middle square of an image or a film, as brightness from 0 to 255. */
  function pixelsOf(source, width, height) {
    const side = Math.min(width, height);
    const context = scratch.getContext("2d", { willReadFrequently: true });
    context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    return Array.from({ length: SIDE }, (_, i) =>
      Array.from({ length: SIDE }, (_, j) => {
        const at = 4 * (i * SIDE + j);
        return (data[at] + data[at + 1] + data[at + 2]) / 3;
      }),
    );
  }

  function show(image) {
    state.image = image;
    draw();
  }

  const sources = {
    photo: () => {
      // It is hidden with the still picture, and a hidden image that may come later never comes.
      photo.loading = "eager";
      const take = () => show(pixelsOf(photo, photo.naturalWidth, photo.naturalHeight));
      if (photo.complete && photo.naturalWidth) take();
      else photo.addEventListener("load", take, { once: true });
    },
    digit: () => show(digit()),
    file: () => file.click(),
    camera: () => film(),
  };
  const pictures = choice({
    label: "Picture",
    options: [
      ["photo", "a photograph"],
      ["digit", "a digit"],
      ["file", "one of my own"],
      ["camera", "the camera"],
    ],
    value: "photo",
    onChange: (name) => {
      endFilm();
      openFile.hidden = name !== "file";
      message.textContent = "";
      sources[name]();
    },
  });

  const file = element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "a picture" });
  const openFile = button("Choose a file", () => file.click(), { hidden: true });
  const message = element("p", { class: "fig-message", role: "status" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const bitmap = await createImageBitmap(chosen);
      show(pixelsOf(bitmap, bitmap.width, bitmap.height));
      message.textContent = "The picture stays on this machine.";
    } catch {
      message.textContent = "That is no picture that this browser can read.";
    }
    file.value = "";
  });

  let running = null;
  async function film() {
    const video = element("video", { playsinline: true });
    video.muted = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      running = { video, stream };
      video.srcObject = stream;
      await video.play();
      message.textContent = "The camera's pictures stay on this machine.";
      next();
    } catch {
      endFilm();
      message.textContent = "There is no camera, or the page may not use it.";
    }
    function next() {
      if (running?.video !== video) return;
      if (!root.isConnected) endFilm();
      else {
        if (video.videoWidth) show(pixelsOf(video, video.videoWidth, video.videoHeight));
        requestAnimationFrame(next);
      }
    }
  }
  function endFilm() {
    for (const track of running?.stream.getTracks() ?? []) track.stop();
    running = null;
  }

  const { names: kernels, weights: kernel } = chosenKernel({
    options: Object.entries(NAMED).map(([name, [title]]) => [name, title]),
    value: settings.kernel ?? "sobel_x",
    make: named,
    state,
    draw,
  });

  const before = element("canvas", { class: "fig-picture", role: "img", "aria-label": "the picture" });
  const after = element("canvas", {
    class: "fig-picture",
    role: "application",
    tabindex: "0",
    "aria-label": "the output; arrow keys move the window",
  });
  const frames = [before, after].map((canvas, n) => {
    const frame = element("div", { class: `fig-window fig-${n ? "output" : "kernel"}`, hidden: true });
    return { frame, root: element("div", { class: "fig-stage" }, canvas, frame) };
  });

  function moveTo(row, column) {
    const [rows, columns] = [state.answer.length, state.answer[0].length];
    state.at = [
      Math.max(0, Math.min(rows - 1, row)),
      Math.max(0, Math.min(columns - 1, column)),
    ];
    mark();
  }
  for (const [canvas, corner] of [[before, 1], [after, 0]]) {
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const pixel = (distance, length, count) => Math.floor((distance / length) * count) - corner;
      moveTo(
        pixel(event.clientY - box.top, box.height, canvas.height),
        pixel(event.clientX - box.left, box.width, canvas.width),
      );
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
  }
  after.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const [row, column] = state.at ?? state.answer.map((_, n) => n).slice(0, 2);
    moveTo(row + step[0], column + step[1]);
  });

  let painted = null;
  const scale = element("p", { class: "fig-scale" });
  const pointed = element("p", { class: "fig-pointed" });
  root.append(
    element(
      "div",
      { class: "fig-bench" },
      panel("picture", frames[0].root),
      panel("kernel", kernel.root),
      panel("output", frames[1].root),
    ),
    scale,
    pointed,
    element("div", { class: "fig-controls" }, kernels.root, pictures.root),
    element("div", { class: "fig-bar" }, openFile, file),
    message,
    spoken.root,
  );

  function redraw() {
    const { image, kernel: weights } = state;
    state.answer = conv2d(image, weights);
    kernel.show(weights);
    if (image !== painted) paint(before, image, grey(0, 255));
    painted = image;
    const numbers = state.answer.flat();
    let [least, most] = [Infinity, -Infinity];
    for (const number of numbers) {
      if (number < least) least = number;
      if (number > most) most = number;
    }
    const sum = weights.flat().reduce((a, b) => a + b, 0);
    const range = `from ${written(least, 0)} to ${written(most, 0)}`;
    if (Math.abs(sum) < 1e-6) {
      // A few extreme pixels would leave all others pale.
      const sizes = Float64Array.from(numbers, Math.abs).sort();
      const full = sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes.at(-1) || 1;
      paint(after, state.answer, signed(full));
      scale.textContent = `The weights add up to 0: the output is signed, ${range}. Red is positive, blue is negative, full colour means ${written(full, 0)} and more.`;
    } else {
      paint(after, state.answer, grey(0, 255));
      scale.textContent = `The weights add up to ${written(sum)}. The output goes ${range}; 0 and less are black, 255 and more are white.`;
    }
    mark();
  }

  function mark() {
    const { at, answer, image } = state;
    for (const { frame } of frames) frame.hidden = !at;
    if (!at) {
      pointed.textContent = "Point at the picture or the output to see one window's answer.";
      return;
    }
    const [row, column] = [Math.min(at[0], answer.length - 1), Math.min(at[1], answer[0].length - 1)];
    const put = ({ frame }, size, matrix) => {
      const [rows, columns] = [matrix.length, matrix[0].length];
      frame.style.top = `${(100 * row) / rows}%`;
      frame.style.left = `${(100 * column) / columns}%`;
      frame.style.height = `${(100 * size) / rows}%`;
      frame.style.width = `${(100 * size) / columns}%`;
    };
    put(frames[0], 3, image);
    put(frames[1], 1, answer);
    pointed.textContent = `Row ${row}, column ${column}: nine products add up to ${written(answer[row][column])}.`;
    if (!running) spoken.say(pointed.textContent);
  }
  redraw();
  sources.photo();
}
