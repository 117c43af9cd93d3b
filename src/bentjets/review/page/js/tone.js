// How values become colours: cuts, stretch, colour map.

export const STRETCHES = {
  linear: (t) => t,
  "square root": Math.sqrt,
  asinh: (t) => Math.asinh(10 * t) / Math.asinh(10),
  log: (t) => Math.log1p(1000 * t) / Math.log1p(1000),
};

// Anchors in equal steps; colours between them are mixed.
const ANCHORS = {
  grey: ["000000", "ffffff"],
  "black on white": ["ffffff", "000000"],
  inferno: ["000004", "420a68", "932667", "dd513a", "fca50a", "fcffa4"],
  viridis: ["440154", "414487", "2a788e", "22a884", "7ad151", "fde725"],
  ice: ["03051a", "203a6b", "2f7fa8", "6fc3c6", "dff5ee"],
};
export const COLOURS = Object.keys(ANCHORS);
const LEVELS = 256;
const NO_DATA = [0x5a, 0x3a, 0x3a];
const POSITIONS = 1000;

export function colourTable(name) {
  const anchors = ANCHORS[name].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const table = new Uint32Array(LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    const place = (level / (LEVELS - 1)) * (anchors.length - 1);
    const below = Math.min(Math.floor(place), anchors.length - 2);
    const mix = [0, 1, 2].map((k) => anchors[below][k] + (place - below) * (anchors[below + 1][k] - anchors[below][k]));
    table[level] = pack(mix);
  }
  return table;
}

const pack = ([red, green, blue]) => (0xff << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red);

export class Tone {
  constructor() {
    this.colours = localStorage.getItem("bentjets-colours") ?? "inferno";
    this.stretch = localStorage.getItem("bentjets-stretch") ?? "square root";
    if (!ANCHORS[this.colours]) this.colours = "inferno";
    if (!STRETCHES[this.stretch]) this.stretch = "square root";
    this.range = [0, 1];
    this.cuts = [0, 1];
  }

  // Black a little below the sky, white at the brightest pixel of the source itself.
  reset({ values, mask, rms_jy_beam }) {
    let [least, most, inside] = [Infinity, -Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
      if (mask[i] && value > inside) inside = value;
    }
    if (least > most) [least, most] = [0, 1];
    this.range = [least, most > least ? most : least + 1];
    const low = Math.max(least, -(rms_jy_beam ?? 0));
    const high = inside > low ? inside : this.range[1];
    this.cuts = [low, high];
  }

  choose(what, name) {
    this[what] = name;
    localStorage.setItem(`bentjets-${what}`, name);
  }

  next(what) {
    const names = what === "colours" ? COLOURS : Object.keys(STRETCHES);
    this.choose(what, names[(names.indexOf(this[what]) + 1) % names.length]);
  }

  setCut(which, value) {
    const [least, most] = this.range;
    const least_gap = (most - least) / POSITIONS;
    const cuts = [...this.cuts];
    cuts[which] = Math.min(Math.max(value, least - (most - least)), most + (most - least));
    if (cuts[1] - cuts[0] < least_gap) cuts[1 - which] = cuts[which] + (which ? -1 : 1) * least_gap;
    this.cuts = cuts;
  }

  scaleHigh(factor) {
    this.setCut(1, this.cuts[0] + (this.cuts[1] - this.cuts[0]) * factor);
  }

  shiftLow(steps) {
    this.setCut(0, this.cuts[0] + (steps * (this.cuts[1] - this.cuts[0])) / 20);
  }

  // As DS9 does: to the right moves the middle, down widens what is between black and white.
  drag(startCuts, right, down) {
    const width = startCuts[1] - startCuts[0];
    const middle = (startCuts[0] + startCuts[1]) / 2 + right * width;
    const half = (width / 2) * Math.exp(2 * down);
    this.cuts = [middle - half, middle + half];
  }

  // Sliders reach over the range of the image; on a square-root scale, as sources are faint.
  toSlider(value) {
    const [least, most] = this.range;
    const share = Math.min(Math.max((value - least) / (most - least), 0), 1);
    return Math.round(POSITIONS * Math.sqrt(share));
  }

  fromSlider(position) {
    const [least, most] = this.range;
    return least + (most - least) * (position / POSITIONS) ** 2;
  }

  paint(values, pixels) {
    const table = colourTable(this.colours);
    const curve = STRETCHES[this.stretch];
    // A finer table of the stretch: it is asked once for each step, not for each pixel.
    const steps = 4096;
    const colours = new Uint32Array(steps + 1);
    for (let i = 0; i <= steps; i++) colours[i] = table[Math.round((LEVELS - 1) * curve(i / steps))];
    const [low, high] = this.cuts;
    const scale = steps / (high - low);
    const blank = pack(NO_DATA);
    for (let i = 0; i < values.length; i++) {
      const at = (values[i] - low) * scale;
      pixels[i] = at >= steps ? colours[steps] : at > 0 ? colours[at | 0] : at <= 0 ? colours[0] : blank;
    }
  }

  paintBar(canvas) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    const [low, high] = this.cuts;
    const values = new Float32Array(canvas.width * canvas.height);
    for (let i = 0; i < values.length; i++) {
      values[i] = low + ((high - low) * (i % canvas.width)) / (canvas.width - 1);
    }
    this.paint(values, pixels);
    context.putImageData(image, 0, 0);
  }
}
