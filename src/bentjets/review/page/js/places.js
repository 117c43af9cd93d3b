// The expert's queue, and the places in it that are loaded before they are looked at.

import { getBlob, getBytes, getJSON } from "./api.js";

const AHEAD = 6;
const BEHIND = 2;
const LISTED = 200;

async function load(place) {
  const path = `/api/places/${place}`;
  const [facts, image, mask, masked] = await Promise.all([
    getJSON(path),
    getBytes(`${path}/image`),
    getBytes(`${path}/mask`),
    getBlob(`${path}/masked.png`),
  ]);
  return {
    ...facts,
    values: new Float32Array(image),
    mask: new Uint8Array(mask),
    maskedURL: URL.createObjectURL(masked),
  };
}

export class Places {
  constructor() {
    this.filter = "all";
    this.listed = [];
    this.total = 0;
    this.loaded = new Map();
    this.listing = null;
  }

  async list(near) {
    const query = new URLSearchParams({ filter: this.filter, near, count: LISTED });
    const answer = await getJSON(`/api/places?${query}`);
    this.listed = answer.places.map((one) => one.place);
    this.total = answer.total_matching;
  }

  async choose(filter, near) {
    this.filter = filter;
    await this.list(near);
  }

  // The nearest listed place before (-1) or after (1) one.
  async step(from, way) {
    const found = this.beside(from, way);
    if (found !== undefined) return found;
    await this.list(Math.max(0, from));
    return this.beside(from, way);
  }

  beside(from, way) {
    return way > 0
      ? this.listed.find((place) => place > from)
      : this.listed.findLast((place) => place < from);
  }

  get(place) {
    if (!this.loaded.has(place)) {
      const coming = load(place);
      this.loaded.set(place, coming);
      coming.catch(() => this.loaded.delete(place));
    }
    return this.loaded.get(place);
  }

  // After a vote, what may be known of a source is another thing.
  async refresh(place) {
    const before = await this.get(place);
    const facts = await getJSON(`/api/places/${place}`);
    const after = { ...before, ...facts };
    this.loaded.set(place, Promise.resolve(after));
    return after;
  }

  prefetch(place) {
    const index = this.listed.findIndex((one) => one >= place);
    const wanted = new Set(this.listed.slice(Math.max(0, index - BEHIND), index + AHEAD + 1));
    wanted.add(place);
    for (const [known, coming] of this.loaded) {
      if (wanted.has(known)) continue;
      this.loaded.delete(known);
      coming.then((one) => URL.revokeObjectURL(one.maskedURL)).catch(() => {});
    }
    for (const one of wanted) this.get(one).catch(() => {});
    this.listFurther(place, index);
  }

  // The list goes on before its end comes in sight, so that the images beyond it load in time.
  async listFurther(place, index) {
    const whole = this.listed.length >= this.total;
    const inside = index >= 2 * AHEAD && index < this.listed.length - 2 * AHEAD;
    if (whole || inside || this.listing === place) return;
    this.listing = place;
    const first = this.listed[0], last = this.listed.at(-1);
    await this.list(place).catch(() => (this.listing = null));
    if (this.listed[0] !== first || this.listed.at(-1) !== last) this.prefetch(place);
  }
}
