// What can be laid over the image, drawn in lines of one width at any zoom.

import { measure, pixelStep } from "./sky.js";

export const LAYERS = {
  mask: "Mask",
  gaussians: "Gaussians",
  beam: "Beam",
  scale: "Scale bar",
  position: "Position",
  neighbours: "Neighbours",
};
const COLOURS = {
  mask: "#35d07f",
  gaussians: "#58b4ff",
  beam: "#ffffff",
  scale: "#ffffff",
  position: "#ff6b6b",
  neighbours: "#ffc857",
  clicks: "#ff5fd2",
};
const MARGIN = 16;
const LENGTHS_ARCSEC = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

export class Overlays {
  constructor(picture) {
    this.picture = picture;
    this.shown = new Set(JSON.parse(localStorage.getItem("bentjets-layers") ?? '["beam","scale","position"]'));
    this.clicks = [];
    this.cursor = null;
    this.outlineOf = null;
  }

  toggle(layer) {
    this.shown.has(layer) ? this.shown.delete(layer) : this.shown.add(layer);
    localStorage.setItem("bentjets-layers", JSON.stringify([...this.shown]));
    this.draw();
  }

  draw() {
    const { overlay, source } = this.picture;
    const context = overlay.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, overlay.width, overlay.height);
    if (!source) return;
    this.dots = window.devicePixelRatio || 1;
    context.font = `${13 * this.dots}px system-ui, sans-serif`;
    for (const layer of this.shown) {
      if (layer === "scale") this.drawScale(context, source);
      else this[layer]?.(context, source);
    }
    this.drawClicks(context, source);
  }

  // A dark line beneath a bright one is seen on any colour.
  stroke(context, colour, path) {
    for (const [style, width] of [["#000a", 3.5], [colour, 1.6]]) {
      context.strokeStyle = style;
      context.lineWidth = width * this.dots;
      path ? context.stroke(path) : context.stroke();
    }
  }

  write(context, words, x, y) {
    context.lineWidth = 3 * this.dots;
    context.strokeStyle = "#000c";
    context.fillStyle = "#fff";
    context.strokeText(words, x, y);
    context.fillText(words, x, y);
  }

  mask(context, source) {
    if (this.outlineOf !== source.mask) {
      this.outline = outline(source.mask, source.width, source.height);
      this.outlineOf = source.mask;
    }
    const path = new Path2D();
    for (const [x0, y0, x1, y1] of this.outline) {
      const from = this.picture.toCanvas({ x: x0 - 0.5, y: y0 - 0.5 });
      const to = this.picture.toCanvas({ x: x1 - 0.5, y: y1 - 0.5 });
      path.moveTo(from.x, from.y);
      path.lineTo(to.x, to.y);
    }
    this.stroke(context, COLOURS.mask, path);
  }

  gaussians(context, source) {
    for (const one of source.gaussians) {
      const middle = this.picture.toCanvas(one);
      this.ellipse(context, source, middle, one.major_px, one.minor_px, one.pa_deg, COLOURS.gaussians);
    }
  }

  beam(context, source) {
    if (!source.beam) return;
    const { major_arcsec, minor_arcsec, pa_deg } = source.beam;
    const [major, minor] = [major_arcsec, minor_arcsec].map((size) => size / source.pixel_scale_arcsec);
    const away = MARGIN * this.dots + (major * this.picture.zoom) / 2;
    const middle = { x: away, y: this.picture.overlay.height - away };
    this.ellipse(context, source, middle, major, minor, pa_deg, COLOURS.beam);
  }

  // Full widths in pixels; the position angle is of the major axis, north through east.
  ellipse(context, source, middle, major, minor, angle_deg, colour) {
    const [[a, c], [b, d]] = this.picture.signs;
    const step = pixelStep(source.wcs, angle_deg);
    const turn = Math.atan2(b * step.x + d * step.y, a * step.x + c * step.y);
    const half = this.picture.zoom / 2;
    context.beginPath();
    context.ellipse(middle.x, middle.y, major * half, minor * half, turn, 0, 2 * Math.PI);
    this.stroke(context, colour);
  }

  drawScale(context, source) {
    const { overlay, zoom } = this.picture;
    const perArcsec = zoom / source.pixel_scale_arcsec;
    const length = LENGTHS_ARCSEC.findLast((size) => size * perArcsec < overlay.width / 3) ?? LENGTHS_ARCSEC[0];
    const right = overlay.width - MARGIN * this.dots;
    const y = overlay.height - MARGIN * this.dots;
    context.beginPath();
    context.moveTo(right - length * perArcsec, y);
    context.lineTo(right, y);
    this.stroke(context, COLOURS.scale);
    const words = length < 60 ? `${length}″` : `${length / 60}′`;
    this.write(context, words, right - context.measureText(words).width, y - 8 * this.dots);
  }

  position(context, source) {
    const { x, y } = this.picture.toCanvas(source.position);
    const [near, far] = [5 * this.dots, 14 * this.dots];
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + near * dx, y + near * dy);
      context.lineTo(x + far * dx, y + far * dy);
    }
    this.stroke(context, COLOURS.position);
  }

  neighbours(context, source) {
    for (const one of source.neighbours) {
      const { x, y } = this.picture.toCanvas(one);
      context.beginPath();
      context.arc(x, y, 10 * this.dots, 0, 2 * Math.PI);
      this.stroke(context, COLOURS.neighbours);
      this.write(context, one.source_id, x + 14 * this.dots, y + 4 * this.dots);
    }
  }

  drawClicks(context, source) {
    const points = this.clicks.map((click) => this.picture.toCanvas(click));
    context.beginPath();
    points.forEach(({ x, y }, index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (points.length > 1) this.stroke(context, COLOURS.clicks);
    for (const { x, y } of points) {
      context.beginPath();
      context.arc(x, y, 4 * this.dots, 0, 2 * Math.PI);
      this.stroke(context, COLOURS.clicks);
    }
    if (points.length === 3) {
      const { angle_deg, tails_arcsec } = measure(source.wcs, this.clicks);
      const words = `${angle_deg.toFixed(0)}°, ${tails_arcsec.map((size) => `${size.toFixed(0)}″`).join(" and ")}`;
      this.write(context, words, points[1].x + 10 * this.dots, points[1].y - 10 * this.dots);
    }
    if (this.cursor) {
      const { x, y } = this.picture.toCanvas(this.cursor);
      const arm = 18 * this.dots;
      context.beginPath();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
      this.stroke(context, COLOURS.clicks);
    }
  }
}

// The edges between pixels inside and outside, as lines between corners of pixels.
function outline(mask, width, height) {
  const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] > 0;
  const lines = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x - 1, y)) lines.push([x, y, x, y + 1]);
      if (!inside(x + 1, y)) lines.push([x + 1, y, x + 1, y + 1]);
      if (!inside(x, y - 1)) lines.push([x, y, x + 1, y]);
      if (!inside(x, y + 1)) lines.push([x, y + 1, x + 1, y + 1]);
    }
  }
  return lines;
}
