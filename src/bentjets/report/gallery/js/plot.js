// The plot: points of the sources that are shown, the others pale behind them.
const COLOURS = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  dark: ["#56b4e9", "#ff8f4d", "#2fc79d", "#e9a8cf", "#f0c24b", "#b9c4ff"],
};
const darkness = matchMedia("(prefers-color-scheme: dark)");
const MARGIN = { left: 58, right: 12, top: 10, bottom: 40 };

function colourOf(morphology) {
  const colours = COLOURS[darkness.matches ? "dark" : "light"];
  return colours[Math.max(0, data.classes.indexOf(morphology)) % colours.length];
}

function axis(values, isLog, from, to) {
  const scale = isLog ? Math.log10 : (value) => value;
  const known = values.filter((value) => value !== null && (!isLog || value > 0)).map(scale);
  let low = known.length ? known.reduce((a, b) => Math.min(a, b)) : 0;
  let high = known.length ? known.reduce((a, b) => Math.max(a, b)) : 1;
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const pad = 0.03 * (high - low);
  [low, high] = [low - pad, high + pad];
  const place = (value) =>
    value === null || (isLog && value <= 0) ? NaN : from + ((scale(value) - low) / (high - low)) * (to - from);
  const step = 10 ** Math.floor(Math.log10((high - low) / 4));
  const wide = [1, 2, 5, 10].map((factor) => factor * step).find((one) => (high - low) / one <= 6);
  const ticks = [];
  for (let at = Math.ceil(low / wide) * wide; at <= high; at += wide) ticks.push(isLog ? 10 ** at : at);
  return { place, ticks };
}

class Plot {
  constructor(box, onOpen) {
    this.box = box;
    this.canvas = box.querySelector("canvas");
    this.points = [];
    this.canvas.addEventListener("click", (event) => {
      const row = this.nearest(event.offsetX, event.offsetY);
      if (row !== undefined) onOpen(row);
    });
    box.addEventListener("click", (event) => {
      const pair = data.embeddings[event.target.dataset?.axes];
      if (pair) this.choose(pair);
    });
    box.addEventListener("toggle", () => this.draw());
    box.addEventListener("change", () => this.draw());
    addEventListener("resize", () => this.draw());
    darkness.addEventListener("change", () => this.draw());
  }

  field(name) {
    return this.box.querySelector(`[name=${name}]`);
  }

  // Places among features are below zero, too.
  choose(pair) {
    ["x", "y"].forEach((name, place) => { this.field(name).value = pair[place]; });
    for (const name of ["log_x", "log_y"]) this.field(name).checked = false;
    this.draw();
  }

  show(rows) {
    this.rows = rows;
    this.draw();
  }

  nearest(x, y) {
    let [best, found] = [15 ** 2, undefined];
    for (const [row, px, py] of this.points) {
      const apart = (px - x) ** 2 + (py - y) ** 2;
      if (apart < best) [best, found] = [apart, row];
    }
    return found;
  }

  draw() {
    if (!this.box.open || !this.rows) return;
    this.box.querySelector(".key").replaceChildren(...data.classes.flatMap((name) =>
      [element("i", { style: `background:${colourOf(name)}` }), name]));
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = devicePixelRatio || 1;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    const brush = this.canvas.getContext("2d");
    brush.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const [xName, yName] = [this.field("x").value, this.field("y").value];
    this.box.querySelectorAll(".about").forEach((words, place) => {
      words.hidden = !data.embeddings[place].some((name) => name === xName || name === yName);
    });
    const x = axis(columns[xName], this.field("log_x").checked, MARGIN.left, width - MARGIN.right);
    const y = axis(columns[yName], this.field("log_y").checked, height - MARGIN.bottom, MARGIN.top);
    brush.font = "12px system-ui, sans-serif";
    brush.fillStyle = style.getPropertyValue("--soft");
    brush.strokeStyle = style.getPropertyValue("--rule");
    brush.textAlign = "center";
    for (const tick of x.ticks) this.tick(brush, x.place(tick), height - MARGIN.bottom, x.place(tick), MARGIN.top, rounded(tick), 0, 16);
    brush.fillText(data.numbers[xName], (MARGIN.left + width) / 2, height - 6);
    brush.textAlign = "right";
    for (const tick of y.ticks) this.tick(brush, MARGIN.left, y.place(tick), width - MARGIN.right, y.place(tick), rounded(tick), -6, 4);
    brush.save();
    brush.translate(12, (height - MARGIN.bottom) / 2);
    brush.rotate(-Math.PI / 2);
    brush.textAlign = "center";
    brush.fillText(data.numbers[yName], 0, 0);
    brush.restore();
    const shown = new Set(this.rows);
    this.points = [];
    for (let row = 0; row < total; row++) if (!shown.has(row)) this.point(brush, row, x, y, 0.12);
    for (const row of this.rows) {
      const place = this.point(brush, row, x, y, 0.8);
      if (place) this.points.push([row, ...place]);
    }
  }

  tick(brush, x1, y1, x2, y2, text, right, down) {
    brush.beginPath();
    brush.moveTo(x1, y1);
    brush.lineTo(x2, y2);
    brush.stroke();
    brush.fillText(text, x1 + right, y1 + down);
  }

  point(brush, row, x, y, opacity) {
    const [px, py] = [x.place(columns[this.field("x").value][row]), y.place(columns[this.field("y").value][row])];
    if (Number.isNaN(px) || Number.isNaN(py)) return null;
    brush.globalAlpha = opacity;
    brush.fillStyle = colourOf(columns.morphology[row]);
    brush.beginPath();
    brush.arc(px, py, 3.2, 0, 2 * Math.PI);
    brush.fill();
    brush.globalAlpha = 1;
    return [px, py];
  }
}
