// Pictures of hands: fetched with this page's permission, which an <img> cannot show, and kept while the page is open.

export class HandPictures {
  /** `get(letter)` resolves to a Blob or null; `drawn` are the letters that have a picture. */
  constructor(get, drawn) {
    Object.assign(this, { get, drawn, found: new Map() });
  }

  /** Fetch the pictures of letters before they are needed. */
  fetch(letters) {
    for (const letter of letters) {
      if (!this.drawn.includes(letter) || this.found.has(letter)) continue;
      this.found.set(letter, this.get(letter).then((blob) => {
        if (!blob) this.found.delete(letter);
        return blob && URL.createObjectURL(blob);
      }));
    }
  }

  /** Fetch every picture, one after another, so that the server has time for the camera. */
  async fetchAll() {
    for (const letter of this.drawn) {
      this.fetch([letter]);
      await this.found.get(letter);
    }
  }

  /** Show a letter's picture in `image` as soon as it is there, if it is still `wanted`. */
  async show(image, letter, wanted) {
    this.fetch([letter]);
    const url = await this.found.get(letter);
    if (!url || !wanted()) return;
    image.src = url;
    image.alt = `A rendered hand that makes the letter ${letter}`;
    image.hidden = false;
  }
}
