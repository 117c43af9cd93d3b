// The image of a source on a canvas: its pixels, and how they lie on the screen.

import { northUp } from "./sky.js";

const MOST_ZOOM = 40;

export class Picture {
  constructor(canvas, overlay, tone) {
    Object.assign(this, { canvas, overlay, tone });
    this.pixels = new OffscreenCanvas(1, 1);
    this.source = null;
    this.signs = [[1, 0], [0, -1]];
    this.zoom = 1;
    this.closeness = 1;
    this.pan = { x: 0, y: 0 };
  }

  show(source) {
    this.source = source;
    this.signs = northUp(source.wcs);
    this.pixels.width = source.width;
    this.pixels.height = source.height;
    this.tone.reset(source);
    this.fit();
    this.paint();
  }

  // Colours anew; the rest only draws what is painted.
  paint() {
    const { width, height, values } = this.source;
    const image = new ImageData(width, height);
    this.tone.paint(values, new Uint32Array(image.data.buffer));
    this.pixels.getContext("2d").putImageData(image, 0, 0);
    this.draw();
  }

  draw() {
    const { canvas, source } = this;
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!source) return;
    this.transform(context);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.pixels, 0, 0);
  }

  // From corners of pixels, which are whole numbers, to the canvas.
  transform(context) {
    const { signs: [[a, c], [b, d]], zoom, source } = this;
    const x = this.canvas.width / 2 + this.pan.x - (zoom * (a * source.width + c * source.height)) / 2;
    const y = this.canvas.height / 2 + this.pan.y - (zoom * (b * source.width + d * source.height)) / 2;
    context.setTransform(zoom * a, zoom * b, zoom * c, zoom * d, x, y);
  }

  // From the middle of a pixel (counted from 0) to the canvas, and back.
  toCanvas({ x, y }) {
    const { signs: [[a, c], [b, d]], zoom, source } = this;
    const dx = x + 0.5 - source.width / 2;
    const dy = y + 0.5 - source.height / 2;
    return {
      x: this.canvas.width / 2 + this.pan.x + zoom * (a * dx + c * dy),
      y: this.canvas.height / 2 + this.pan.y + zoom * (b * dx + d * dy),
    };
  }

  toPixel({ x, y }) {
    const { signs: [[a, c], [b, d]], zoom, source } = this;
    const dx = (x - this.canvas.width / 2 - this.pan.x) / zoom;
    const dy = (y - this.canvas.height / 2 - this.pan.y) / zoom;
    return {
      x: a * dx + b * dy + source.width / 2 - 0.5,
      y: c * dx + d * dy + source.height / 2 - 0.5,
    };
  }

  valueAt(pixel) {
    const column = Math.round(pixel.x);
    const row = Math.round(pixel.y);
    const { width, height, values } = this.source;
    const inside = column >= 0 && row >= 0 && column < width && row < height;
    return inside ? values[row * width + column] : undefined;
  }

  // Canvases have as many pixels as the screen, whatever its scale.
  resize() {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = Math.max(1, Math.round(clientWidth * scale));
      canvas.height = Math.max(1, Math.round(clientHeight * scale));
    }
    if (this.source) {
      this.fit();
      this.draw();
    }
  }

  get fitted() {
    const { width, height } = this.source;
    return Math.min(this.canvas.width / width, this.canvas.height / height);
  }

  // Whoever came closer to one source will want to be as close to the next.
  fit(closeness = this.closeness) {
    this.closeness = closeness;
    this.zoom = closeness * this.fitted;
    this.pan = { x: 0, y: 0 };
  }

  // Zoom by a factor, with what is at a place of the canvas staying there.
  zoomBy(factor, at = { x: this.canvas.width / 2, y: this.canvas.height / 2 }) {
    const zoom = Math.min(Math.max(this.zoom * factor, this.fitted / 2), MOST_ZOOM * this.fitted);
    const ratio = zoom / this.zoom;
    const x = at.x - this.canvas.width / 2;
    const y = at.y - this.canvas.height / 2;
    this.pan = { x: x - (x - this.pan.x) * ratio, y: y - (y - this.pan.y) * ratio };
    this.zoom = zoom;
    this.closeness = zoom / this.fitted;
    this.draw();
  }

  panBy(x, y) {
    this.pan = { x: this.pan.x + x, y: this.pan.y + y };
    this.draw();
  }
}
