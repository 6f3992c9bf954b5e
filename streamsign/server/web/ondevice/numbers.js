// Numbers and lists of numbers.

export const clamped = (value, low, high) => Math.min(high, Math.max(low, value));
export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const mean = (values) => sum(values) / values.length;

/** The values over their sum. */
export function normalized(values) {
  const total = sum(values);
  return values.map((value) => value / total);
}

/** Place of the greatest value from `first` up to `end`, the first of equals. */
export function greatest(values, first = 0, end = values.length) {
  let top = first;
  for (let at = first + 1; at < end; at += 1) if (values[at] > values[top]) top = at;
  return top;
}

/** Python's round: half to even. */
export function round(value) {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}
