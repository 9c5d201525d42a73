/**
 * A small convolutional network, layer by layer: what it computes, and nothing that a page can see.
 *
 * Maps are `{ channels, side, data }` with the numbers of all channels in a row; a layer without
 * places has a side of 1. The tests compare with PyTorch.
 */

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  const view = new DataView(bytes(text).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, n) => view.getFloat32(4 * n, true));
}

/** Weights by name, `{ shape, data }`, of what book/_extensions/network.py has packed. */
export function unpackedWeights(parts) {
  const weights = {};
  for (const [name, { shape, float32, int8, scales }] of Object.entries(parts)) {
    if (float32) weights[name] = { shape, data: floats(float32) };
    else {
      const factors = floats(scales);
      const whole = new Int8Array(bytes(int8).buffer);
      const columns = shape[1];
      const data = Float32Array.from(whole, (number, n) => number * factors[Math.floor(n / columns)]);
      weights[name] = { shape, data };
    }
  }
  return weights;
}

function made(channels, side) {
  return { channels, side, data: new Float32Array(channels * side * side) };
}

function convolved(maps, { shape, data: kernel }, bias) {
  const [channels, inputs, size] = shape;
  const output = made(channels, maps.side - size + 1);
  const { side } = output;
  let at = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let i = 0; i < side; i += 1) {
      for (let j = 0; j < side; j += 1) {
        let sum = bias[c];
        for (let m = 0; m < inputs; m += 1) {
          for (let a = 0; a < size; a += 1) {
            const from = (m * maps.side + i + a) * maps.side + j;
            const weight = ((c * inputs + m) * size + a) * size;
            for (let b = 0; b < size; b += 1) sum += maps.data[from + b] * kernel[weight + b];
          }
        }
        output.data[at] = sum;
        at += 1;
      }
    }
  }
  return output;
}

function pooled(maps) {
  const output = made(maps.channels, maps.side / 2);
  let at = 0;
  for (let c = 0; c < maps.channels; c += 1) {
    for (let i = 0; i < output.side; i += 1) {
      for (let j = 0; j < output.side; j += 1) {
        const from = (c * maps.side + 2 * i) * maps.side + 2 * j;
        const { data, side } = maps;
        output.data[at] = Math.max(data[from], data[from + 1], data[from + side], data[from + side + 1]);
        at += 1;
      }
    }
  }
  return output;
}

function rectified(maps) {
  return { ...maps, data: maps.data.map((number) => Math.max(number, 0)) };
}

function connected(maps, { shape, data: weights }, bias) {
  const [outputs, inputs] = shape;
  const output = made(outputs, 1);
  for (let n = 0; n < outputs; n += 1) {
    let sum = bias[n];
    for (let m = 0; m < inputs; m += 1) sum += maps.data[m] * weights[n * inputs + m];
    output.data[n] = sum;
  }
  return output;
}

/** The shares that softmax makes of scores. */
export function softmax(scores) {
  const most = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** What each layer makes of 28 by 28 pixels from 0 to 1. */
export function forward(weights, pixels) {
  const of = (name) => [weights[`${name}.weight`], weights[`${name}.bias`].data];
  const image = { channels: 1, side: 28, data: Float32Array.from(pixels) };
  const conv1 = convolved(image, ...of("features.conv1"));
  const relu1 = rectified(pooled(conv1));
  const conv2 = convolved(relu1, ...of("features.conv2"));
  const relu2 = rectified(pooled(conv2));
  const relu3 = rectified(connected(relu2, ...of("classifier.fc1")));
  const relu4 = rectified(connected(relu3, ...of("classifier.fc2")));
  const scores = connected(relu4, ...of("classifier.fc3"));
  return { image, conv1, relu1, conv2, relu2, relu3, relu4, scores };
}

/** A square, or what comes next to one, of a map as rows. */
function cut({ side, data }, channel, top, left, size) {
  return Array.from({ length: size }, (_, a) =>
    Array.from({ length: size }, (_, b) => data[(channel * side + top + a) * side + left + b]),
  );
}

const BELOW = {
  conv1: ["image", "features.conv1"],
  conv2: ["relu1", "features.conv2"],
  relu3: ["relu2", "classifier.fc1"],
  relu4: ["relu3", "classifier.fc2"],
  scores: ["relu4", "classifier.fc3"],
};

function product(window, weights) {
  let sum = 0;
  window.forEach((row, a) =>
    row.forEach((number, b) => {
      sum += number * weights[a][b];
    }),
  );
  return sum;
}

/** A row of numbers as a rectangle, which is easier to look at. */
function folded(numbers) {
  const columns = [12, 10, 1].find((n) => numbers.length % n === 0);
  return Array.from({ length: numbers.length / columns }, (_, row) =>
    Array.from(numbers.slice(row * columns, (row + 1) * columns)),
  );
}

/**
 * What a unit is made of. A pooled one: `window`, the four numbers of which the largest counts. Any
 * other: `parts`, one for each map below, with the window, the weights on it and the sum of the
 * products; and `bias`. `value` is what stands in the map, after ReLU where the layer has it.
 */
export function unit(weights, layers, name, channel, row = 0, column = 0) {
  const { side, data } = layers[name];
  const value = data[(channel * side + row) * side + column];
  if (name === "relu1" || name === "relu2") {
    const below = layers[name === "relu1" ? "conv1" : "conv2"];
    return { value, window: cut(below, channel, 2 * row, 2 * column, 2) };
  }
  const [from, layer] = BELOW[name];
  const maps = layers[from];
  const { shape, data: kernel } = weights[`${layer}.weight`];
  const parts = [];
  if (name.startsWith("conv")) {
    const [, inputs, size] = shape;
    for (let m = 0; m < inputs; m += 1) {
      const window = cut(maps, m, row, column, size);
      const own = cut({ side: size, data: kernel }, channel * inputs + m, 0, 0, size);
      parts.push({ window, weights: own, sum: product(window, own) });
    }
  } else {
    const [, inputs] = shape;
    const own = kernel.slice(channel * inputs, (channel + 1) * inputs);
    const pairs =
      maps.side === 1
        ? [[folded(maps.data), folded(own)]]
        : Array.from({ length: maps.channels }, (_, m) =>
            [maps.data, own].map((data) => cut({ side: maps.side, data }, m, 0, 0, maps.side)),
          );
    for (const [window, mine] of pairs) {
      parts.push({ window, weights: mine, sum: product(window, mine) });
    }
  }
  return { value, parts, bias: weights[`${layer}.bias`].data[channel] };
}

/** Room for a drawing: `side` by `side` numbers from 0 to 1. */
export function emptyPad(side) {
  return { side, ink: new Float32Array(side * side) };
}

/** Draw a straight stroke with a round pen from one point (x, y) to another. */
export function stroke({ side, ink }, [ax, ay], [bx, by], radius) {
  const reach = radius + 1;
  const limited = (place) => Math.max(0, Math.min(side - 1, place));
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  for (let i = limited(Math.floor(Math.min(ay, by) - reach)); i <= limited(Math.ceil(Math.max(ay, by) + reach)); i += 1) {
    for (let j = limited(Math.floor(Math.min(ax, bx) - reach)); j <= limited(Math.ceil(Math.max(ax, bx) + reach)); j += 1) {
      const along = length ? Math.max(0, Math.min(1, ((j - ax) * dx + (i - ay) * dy) / length)) : 0;
      const away = Math.hypot(j - ax - along * dx, i - ay - along * dy);
      ink[i * side + j] = Math.max(ink[i * side + j], Math.min(1, radius + 0.5 - away));
    }
  }
}

/**
 * A drawing as MNIST frames its digits: scaled into 20 by 20 pixels, its proportions kept, and put
 * on 28 by 28 with the centre of its mass in the middle. All zeros where there is no ink.
 */
export function asMnist({ side, ink }) {
  const pixels = new Float32Array(28 * 28);
  let [top, left, bottom, right] = [side, side, -1, -1];
  let [mass, down, along] = [0, 0, 0];
  ink.forEach((level, n) => {
    if (level < 0.05) return;
    const [i, j] = [Math.floor(n / side), n % side];
    [top, bottom] = [Math.min(top, i), Math.max(bottom, i)];
    [left, right] = [Math.min(left, j), Math.max(right, j)];
    mass += level;
    down += level * (i + 0.5);
    along += level * (j + 0.5);
  });
  if (!mass) return pixels;
  // A dot stays one: it is not blown up to a ball.
  const scale = Math.max(bottom - top + 1, right - left + 1, side / 5) / 20;
  const looks = Math.max(2, Math.ceil(scale));
  for (let i = 0; i < 28; i += 1) {
    for (let j = 0; j < 28; j += 1) {
      let sum = 0;
      for (let a = 0; a < looks; a += 1) {
        const y = Math.floor(down / mass + (i + (a + 0.5) / looks - 14) * scale);
        for (let b = 0; b < looks; b += 1) {
          const x = Math.floor(along / mass + (j + (b + 0.5) / looks - 14) * scale);
          if (y >= 0 && x >= 0 && y < side && x < side) sum += ink[y * side + x];
        }
      }
      pixels[i * 28 + j] = sum / (looks * looks);
    }
  }
  return pixels;
}
