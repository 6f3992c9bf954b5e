// A number with its noun, as "1 picture" or "3 pictures".

export const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
