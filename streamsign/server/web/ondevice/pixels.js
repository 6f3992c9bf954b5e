// Resamples brightness planes as OpenCV does for streamsign/recognition/patch.py: within one gray level of it.

import { clamped, round } from "./numbers.js";

/** A brightness plane: `data` bytes, rows of `stride`, the first pixel at `first`. */
export function plane(data, width, height, stride = width, first = 0) {
  return { data, width, height, stride, first };
}

/** The part of a plane from (x0, y0) up to (x1, y1); shares its bytes. */
export function part({ data, stride, first }, x0, y0, x1, y1) {
  return plane(data, x1 - x0, y1 - y0, stride, first + y0 * stride + x0);
}

/** The mirror image of a plane. */
export function mirrored({ data, width, height, stride, first }) {
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = first + y * stride + width - 1;
    for (let x = 0; x < width; x += 1) out[y * width + x] = data[row - x];
  }
  return plane(out, width, height);
}

/** A square of a plane as a plane of its own; edge pixels are repeated beyond the plane. */
function cutSquare({ data, width, height, stride, first }, x0, y0, side) {
  const out = new Uint8Array(side * side);
  const inside = x0 >= 0 && x0 + side <= width;
  for (let y = 0; y < side; y += 1) {
    const row = first + clamped(y0 + y, 0, height - 1) * stride;
    if (inside) out.set(data.subarray(row + x0, row + x0 + side), y * side);
    else for (let x = 0; x < side; x += 1) out[y * side + x] = data[row + clamped(x0 + x, 0, width - 1)];
  }
  return plane(out, side, side);
}

/** Half the size, each pixel the mean of four. */
function halved({ data, width, height, stride, first }) {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const at = first + 2 * y * stride + 2 * x;
      out[y * w + x] = (data[at] + data[at + 1] + data[at + stride] + data[at + stride + 1] + 2) >> 2;
    }
  }
  return plane(out, w, h);
}

/** Which source pixels make up each new one, and their shares: `from` lists [source, share, …] of each. */
function areaShares(size, wanted) {
  const scale = size / wanted;
  return Array.from({ length: wanted }, (_, place) => {
    const [begin, end] = [place * scale, (place + 1) * scale];
    const cell = Math.min(scale, size - begin);
    const last = Math.min(Math.floor(end), size - 1);
    const full = Math.min(Math.ceil(begin), last);
    const shares = [];
    if (full - begin > 1e-3) shares.push(full - 1, (full - begin) / cell);
    for (let at = full; at < last; at += 1) shares.push(at, 1 / cell);
    if (end - last > 1e-3) shares.push(last, Math.min(end - last, 1, cell) / cell);
    return shares.map(Math.fround);
  });
}

/** A smaller plane: each pixel the mean of the area that it covers. */
export function shrunk({ data, width, height, stride, first }, w, h) {
  if (width === 2 * w && height === 2 * h) return halved({ data, width, height, stride, first });
  const [columns, rows] = [areaShares(width, w), areaShares(height, h)];
  const across = new Float32Array(w * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const from = columns[x];
      let sum = 0;
      for (let each = 0; each < from.length; each += 2) {
        sum = Math.fround(sum + Math.fround(data[first + y * stride + from[each]] * from[each + 1]));
      }
      across[y * w + x] = sum;
    }
  }
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y += 1) {
    const from = rows[y];
    for (let x = 0; x < w; x += 1) {
      let sum = 0;
      for (let each = 0; each < from.length; each += 2) {
        sum = Math.fround(sum + Math.fround(across[from[each] * w + x] * from[each + 1]));
      }
      out[y * w + x] = round(sum);
    }
  }
  return plane(out, w, h);
}

const SHARE = 2048; // OpenCV's shares of a pixel are whole numbers of this

/** The two source pixels that make up each new one when enlarging, and their shares. */
function linearShares(size, wanted) {
  const scale = size / wanted;
  return Array.from({ length: wanted }, (_, place) => {
    const at = Math.fround((place + 0.5) * scale - 0.5);
    const low = Math.floor(at);
    const part = low < 0 || low >= size - 1 ? 0 : Math.fround(at - low);
    const from = clamped(low, 0, size - 1);
    return [from, Math.min(size - 1, from + 1), round(Math.fround(1 - part) * SHARE), round(part * SHARE)];
  });
}

/** A larger plane, bilinear. */
function enlarged({ data, width, height, stride, first }, w, h) {
  const [columns, rows] = [linearShares(width, w), linearShares(height, h)];
  const across = new Int32Array(w * height);
  for (let y = 0; y < height; y += 1) {
    const row = first + y * stride;
    for (let x = 0; x < w; x += 1) {
      const [left, right, one, other] = columns[x];
      across[y * w + x] = (data[row + left] * one + data[row + right] * other) >> 4;
    }
  }
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y += 1) {
    const [above, below, one, other] = rows[y];
    for (let x = 0; x < w; x += 1) {
      out[y * w + x] = (((across[above * w + x] * one) >> 16) + ((across[below * w + x] * other) >> 16) + 2) >> 2;
    }
  }
  return plane(out, w, h);
}

/** Cut a square `{ x, y, side }` (center and side) out of a plane, size × size; see cut_patch in patch.py. */
export function cutPatch(luma, square, size) {
  let side = Math.max(1, round(square.side));
  if (side >= 2 * size) side -= side % 2;
  let inside = cutSquare(luma, round(square.x - square.side / 2), round(square.y - square.side / 2), side);
  while (inside.width >= 2 * size && inside.width % 2 === 0) inside = halved(inside);
  if (inside.width === size) return inside.data;
  return (inside.width > size ? shrunk : enlarged)(inside, size, size).data;
}

const FILL = 128;

/** A plane in the middle of a square, and its position there; see letterbox in locate.py. */
export function letterbox(luma, size) {
  const zoom = size / Math.max(luma.width, luma.height);
  const [w, h] = [luma.width, luma.height].map((side) => Math.max(1, round(side * zoom)));
  const small = (zoom < 1 ? shrunk : enlarged)(luma, w, h);
  const [x, y] = [(size - w) >> 1, (size - h) >> 1];
  const square = new Uint8Array(size * size).fill(FILL);
  for (let row = 0; row < h; row += 1) square.set(small.data.subarray(row * w, (row + 1) * w), (y + row) * size + x);
  return { square, zoom, x, y };
}
