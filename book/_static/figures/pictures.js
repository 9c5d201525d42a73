/** Pictures made of strokes, so that a figure needs no file, and how a matrix becomes a picture. */

import { filled } from "./tensor.js";

/** Strokes on a field of 28 by 28, as rows of points (x, y). */
export const STROKES = {
  seven: [[[8, 7], [20, 7], [12.5, 22]]],
  three: [[[9, 7], [13.5, 5], [17.5, 7], [17.5, 10.5], [13, 13], [18, 15.5], [18.5, 19], [14, 22.5], [9, 20.5]]],
  four: [[[15.5, 5], [8, 16.5], [20.5, 16.5]], [[16, 11], [16, 23]]],
};
const RADIUS = 1.1;

/** A digit of pixels from 0 to 1 in the middle of a square; "stripes" are as fine as there are. */
export function picture(name, side) {
  if (name === "stripes") return filled(side, side).map((row) => row.map((_, j) => j % 2));
  const shift = (side - 28) / 2;
  return filled(side, side).map((row, i) =>
    row.map((_, j) => {
      const away = Math.min(...STROKES[name].map((line) => distance(line, j - shift, i - shift)));
      // Grey where the stroke covers a part of the pixel.
      return Math.max(0, Math.min(1, RADIUS + 0.5 - away));
    }),
  );
}

function distance(line, x, y) {
  let least = Infinity;
  for (let n = 1; n < line.length; n += 1) {
    const [[ax, ay], [bx, by]] = [line[n - 1], line[n]];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return least;
}

/**
 * Paint a matrix on a canvas, a pixel for each number; `colour` writes red, green, blue and alpha of
 * a number to a place of an array, since an array of its own for each would take most of the time.
 */
export function paint(canvas, matrix, colour) {
  const [rows, columns] = [matrix.length, matrix[0]?.length ?? 0];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const { data } = image;
  let at = 0;
  for (const row of matrix) {
    for (let column = 0; column < columns; column += 1) {
      colour(row[column], data, at);
      at += 4;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Black to white for numbers from `black` to `white`. */
export function grey(black = 0, white = 1) {
  return (number, data, at) => {
    const level = (255 * (number - black)) / (white - black);
    data[at] = level;
    data[at + 1] = level;
    data[at + 2] = level;
    data[at + 3] = 255;
  };
}

/** Red for positive and blue for negative numbers, nothing for zero. */
export function signed(largest) {
  return (number, data, at) => {
    const positive = number > 0;
    data[at] = positive ? 230 : 55;
    data[at + 1] = positive ? 75 : 140;
    data[at + 2] = positive ? 65 : 230;
    data[at + 3] = largest ? (255 * Math.abs(number)) / largest : 0;
  };
}
