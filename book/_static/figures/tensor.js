/**
 * The arithmetic of the interactive figures, and nothing that a page can see.
 *
 * A matrix is an array of rows. What has PyTorch's name does what PyTorch does; the tests compare.
 */

/** A matrix of one number. */
export function filled(rows, columns, value = 0) {
  return Array.from({ length: rows }, () => new Array(columns).fill(value));
}

/** Rows and columns of a matrix. */
export function shape(matrix) {
  return [matrix.length, matrix[0]?.length ?? 0];
}

/** How many outputs there are along one axis; 0 where the kernel does not fit. */
export function outputSize(size, kernelSize, { stride = 1, padding = 0, dilation = 1 } = {}) {
  const span = dilation * (kernelSize - 1) + 1;
  return Math.max(0, Math.floor((size + 2 * padding - span) / stride) + 1);
}

/** Rings around an image: of zeros, or ("reflect") of what lies inside, mirrored at the border. */
export function pad(image, padding, mode = "zeros") {
  const [rows, columns] = shape(image);
  const inside = (place, size) => {
    if (mode !== "reflect") return place;
    if (place < 0) return -place;
    return place >= size ? 2 * (size - 1) - place : place;
  };
  return filled(rows + 2 * padding, columns + 2 * padding).map((row, i) =>
    row.map((_, j) => image[inside(i - padding, rows)]?.[inside(j - padding, columns)] ?? 0),
  );
}

/** A flipped kernel, turned by half a turn, which makes a convolution of a cross-correlation. */
export function flipped(kernel) {
  return kernel.map((row) => [...row].reverse()).reverse();
}

/** Cross-correlation, as F.conv2d computes it; with `flip`, the convolution of mathematics. */
export function conv2d(image, kernel, { stride = 1, padding = 0, dilation = 1, flip = false } = {}) {
  const weights = flip ? flipped(kernel) : kernel;
  const padded = padding ? pad(image, padding) : image;
  const [height, width] = shape(kernel);
  const [imageRows, imageColumns] = shape(image);
  const rows = outputSize(imageRows, height, { stride, padding, dilation });
  const columns = outputSize(imageColumns, width, { stride, padding, dilation });
  const output = filled(rows, columns);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      let sum = 0;
      for (let a = 0; a < height; a += 1) {
        const pixels = padded[i * stride + a * dilation];
        for (let b = 0; b < width; b += 1) {
          sum += pixels[j * stride + b * dilation] * weights[a][b];
        }
      }
      output[i][j] = sum;
    }
  }
  return output;
}

/**
 * What one output is the sum of: for each weight the pixel that it meets and their product.
 *
 * `row` and `column` say where that pixel lies in the padded image.
 */
export function products(image, kernel, [i, j], settings = {}) {
  const { stride = 1, padding = 0, dilation = 1, flip = false } = settings;
  const padded = pad(image, padding);
  return (flip ? flipped(kernel) : kernel).flatMap((weights, a) =>
    weights.map((weight, b) => {
      const row = i * stride + a * dilation;
      const column = j * stride + b * dilation;
      const pixel = padded[row][column];
      return { row, column, pixel, weight, product: pixel * weight };
    }),
  );
}

function pooled(image, size, stride, summary) {
  const [rows, columns] = shape(image).map((n) => outputSize(n, size, { stride }));
  return filled(rows, columns).map((row, i) =>
    row.map((_, j) => {
      const window = [];
      for (let a = 0; a < size; a += 1) {
        for (let b = 0; b < size; b += 1) window.push(image[i * stride + a][j * stride + b]);
      }
      return summary(window);
    }),
  );
}

/** The largest number of each window. */
export function maxPool2d(image, size, stride = size) {
  return pooled(image, size, stride, (window) => Math.max(...window));
}

/** The mean of each window. */
export function avgPool2d(image, size, stride = size) {
  return pooled(image, size, stride, (window) => window.reduce((a, b) => a + b) / window.length);
}

/** Blur by 1 2 1 in both directions, the border mirrored, then keep every second pixel. */
export function blurPool2d(image) {
  const weights = [1, 2, 1].map((a) => [1, 2, 1].map((b) => (a * b) / 16));
  return conv2d(pad(image, 1, "reflect"), weights, { stride: 2 });
}

/** An image moved down and to the right; what leaves on one side comes in on the other. */
export function roll(image, down, right) {
  const [rows, columns] = shape(image);
  const wrap = (place, size) => ((place % size) + size) % size;
  return image.map((row, i) =>
    row.map((_, j) => image[wrap(i - down, rows)][wrap(j - right, columns)]),
  );
}

/** The length of the difference of two images as a share of the length of the first. */
export function change(before, after) {
  let difference = 0;
  let length = 0;
  before.forEach((row, i) =>
    row.forEach((value, j) => {
      difference += (after[i][j] - value) ** 2;
      length += value ** 2;
    }),
  );
  if (!length) return difference ? Infinity : 0;
  return Math.sqrt(difference / length);
}

/** The centre of mass of an image: [row, column]; null where it is black. */
export function centre(image) {
  let [mass, down, right] = [0, 0, 0];
  image.forEach((row, i) =>
    row.forEach((value, j) => {
      mass += value;
      down += value * i;
      right += value * j;
    }),
  );
  return mass ? [down / mass, right / mass] : null;
}

/**
 * The recursion of the receptive field along one axis, one entry for the image and each layer.
 *
 * `size` pixels are seen by a unit, neighbouring units lie `jump` pixels apart, and the field of
 * unit 0 begins at pixel `start`. `units` is the length of the layer.
 */
export function receptiveFields(pixels, layers) {
  const fields = [{ size: 1, jump: 1, start: 0, units: pixels }];
  for (const { kernel, stride = 1, dilation = 1, padding = 0 } of layers) {
    const { size, jump, start, units } = fields.at(-1);
    fields.push({
      size: size + dilation * (kernel - 1) * jump,
      jump: jump * stride,
      start: start - padding * jump,
      units: outputSize(units, kernel, { stride, padding, dilation }),
    });
  }
  return fields;
}

/**
 * On how many paths each unit of each layer below reaches one unit, along one axis.
 *
 * The answer has one array for the image and each layer up to `layer`. Padding is no unit: a path
 * that leads into it ends there.
 */
export function pathCounts(pixels, layers, layer, unit) {
  const lengths = receptiveFields(pixels, layers).map(({ units }) => units);
  const counts = lengths.slice(0, layer + 1).map((length) => new Array(length).fill(0));
  if (unit >= 0 && unit < lengths[layer]) counts[layer][unit] = 1;
  for (let above = layer; above > 0; above -= 1) {
    const { kernel, stride = 1, dilation = 1, padding = 0 } = layers[above - 1];
    counts[above].forEach((paths, place) => {
      if (!paths) return;
      for (let a = 0; a < kernel; a += 1) {
        const below = place * stride - padding + a * dilation;
        if (below >= 0 && below < lengths[above - 1]) counts[above - 1][below] += paths;
      }
    });
  }
  return counts;
}

/** Forward through one window, ReLU and half the squared error: every number on the way. */
export function forwardWindow({ pixels, weights, bias, wanted }) {
  const products = pixels.map((pixel, n) => pixel * weights[n]);
  const sum = products.reduce((a, b) => a + b, bias);
  const answer = Math.max(sum, 0);
  const error = answer - wanted;
  return { products, sum, answer, error, loss: error ** 2 / 2 };
}

/** Back through the same: the gradient of the loss by each of these numbers. */
export function backwardWindow({ pixels, weights }, { sum, error }) {
  const answer = error;
  const before = sum > 0 ? answer : 0;
  return {
    error,
    answer,
    sum: before,
    products: pixels.map(() => before),
    weights: pixels.map((pixel) => pixel * before),
    pixels: weights.map((weight) => weight * before),
    bias: before,
    wanted: -error,
  };
}
