// Text in rows as in the caption files: broken at spaces, each sentence starts a row.

const LENGTH = 32; // characters, as in streamsign/captions/formats.py

export function rowsOf(text) {
  const rows = [];
  for (const sentence of text.split("\n")) {
    let row = "";
    for (const word of sentence.split(/\s+/).filter(Boolean)) {
      if (row && row.length + 1 + word.length <= LENGTH) {
        row += ` ${word}`;
        continue;
      }
      if (row) rows.push(row);
      const cut = word.match(new RegExp(`.{1,${LENGTH}}`, "g"));
      rows.push(...cut.slice(0, -1));
      row = cut.at(-1);
    }
    if (row) rows.push(row);
  }
  return rows;
}
