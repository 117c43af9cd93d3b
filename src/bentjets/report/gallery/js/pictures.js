// Pictures and cards.
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// A close-up is the middle of the picture, half as wide; larger sources are cut there.
function viewOf([width, height], isClose) {
  return isClose ? `${width / 4} ${height / 4} ${width / 2} ${height / 2}` : `0 0 ${width} ${height}`;
}

function picture(row, isClose = false) {
  const side = data.sides[row];
  const [width, height] = side ?? [1, 1];
  const sky = shape("svg", { class: "sky", viewBox: viewOf([width, height], isClose), role: "img" });
  sky.setAttribute("aria-label", side ? `Image of ${columns.name[row]}` : `No image of ${columns.name[row]}`);
  if (!side) return sky;
  sky.append(shape("image", { href: data.pictures[row], width, height }));
  const outline = data.outlines[row];
  sky.append(shape("path", { class: "outside", d: `M0 0h${width}v${height}h${-width}z${outline}` }));
  if (outline) sky.append(shape("path", { class: "outline", d: outline }));
  const ruler = data.rulers[row];
  if (ruler) {
    const [first, apex, last] = ruler.map((point) => point.join(" "));
    sky.append(shape("path", { class: "ruler", d: `M${first}L${apex}L${last}` }));
    sky.append(shape("circle", { class: "apex", cx: ruler[1][0], cy: ruler[1][1], r: width / 120 }));
  }
  return sky;
}

const rounded = (value, digits = 3) => (value === null ? "–" : String(Number(value.toPrecision(digits))));

function angleText(row) {
  const angle = columns.opening_angle_deg[row];
  if (angle === null) return columns.angle_reason[row] ? `no angle: ${columns.angle_reason[row]}` : "no angle";
  return `${angle.toFixed(0)} ± ${columns.opening_angle_error_deg[row].toFixed(0)} deg`;
}

function card(row, { model, isClose, chosen, onOpen, onChoose }) {
  const open = element("button", { type: "button", class: "open" }, picture(row, isClose));
  open.addEventListener("click", () => onOpen(row));
  const tick = element("input", { type: "checkbox" });
  tick.checked = chosen.has(row);
  tick.addEventListener("change", () => onChoose(row, tick.checked));
  const label = columns.morphology[row];
  const facts = element("div", { class: "facts" },
    element("label", {}, tick, element("b", {}, columns.name[row])),
    element("span", {}, columns.state[row] === "accepted" ? label : `${label}, ${columns.state[row]}`));
  const given = model && columns[`${model}: class`][row];
  if (given) {
    const text = `${model}: ${given} ${(100 * columns[`${model}: probability`][row]).toFixed(0)} %`;
    facts.append(element("span", given === label ? {} : { class: "against" }, text));
  }
  if (data.sides[row]) facts.append(element("span", { class: "quiet" }, angleText(row)));
  if (columns.votes[row]) facts.append(element("span", { class: "quiet" }, columns.votes[row]));
  if (columns.reason[row]) facts.append(element("span", { class: "quiet" }, columns.reason[row]));
  return element("li", {}, open, facts);
}

function details(row) {
  const body = element("tbody");
  for (const [name, column] of Object.entries(columns)) {
    const value = column[row];
    if (value === null || value === "") continue;
    const text = typeof value === "number" ? rounded(value, name.endsWith("a_deg") || name === "dec_deg" ? 8 : 4) : value;
    body.append(element("tr", {}, element("th", { scope: "row" }, name.replaceAll("_", " ")), element("td", {}, text)));
  }
  const links = element("p");
  for (const { name, address } of data.links) {
    links.append(element("a", { href: addressOf(address, row), rel: "noopener" }, name), " ");
  }
  return [element("div", {}, picture(row), links), element("div", { class: "scroll", tabindex: "0" }, element("table", {}, body))];
}

function addressOf(address, row) {
  return address.replace("{ra}", columns.ra_deg[row]).replace("{dec}", columns.dec_deg[row]);
}
