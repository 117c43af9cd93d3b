// The table of sources, and which of its rows are shown in what order.
const data = JSON.parse(document.getElementById("sources").textContent);
const columns = data.columns;
const total = columns.source_id.length;
const texts = ["name", "source_id", "reason", "flags", "seen_as", "second_opinion", "angle_reason"].map((name) => columns[name]);
const haystacks = Array.from({ length: total }, (_, row) =>
  texts.map((column) => column[row] ?? "").join("\n").toLowerCase());

const parts = (name, row) => (columns[name][row] ? columns[name][row].split(";") : []);

function isShown(row, wanted) {
  if (wanted.text && !wanted.text.every((word) => haystacks[row].includes(word))) return false;
  if (wanted.morphology && columns.morphology[row] !== wanted.morphology) return false;
  if (wanted.state && columns.state[row] !== wanted.state) return false;
  if (wanted.lost && columns.state[row] === "accepted") return false;
  if (!hasPart("flags", row, wanted.flag) || !hasPart("disagrees", row, wanted.against)) return false;
  return isSaid(row, wanted);
}

function hasPart(name, row, wanted) {
  if (!wanted) return true;
  const found = parts(name, row);
  if (wanted === "none") return !found.length;
  return wanted === "some" ? found.length > 0 : found.includes(wanted);
}

function isSaid(row, { model, said }) {
  if (!said) return true;
  const given = columns[`${model}: class`][row];
  if (!given) return false;
  if (said.startsWith("=")) return given === said.slice(1);
  return (given === columns.morphology[row]) === (said === "right");
}

function keysOf(order) {
  // In the catalogue's own order, sources without a picture are such rows.
  if (!order) return data.pictures.map((picture, row) => (picture ? row : null));
  if (order === "disagrees") return Array.from({ length: total }, (_, row) => parts("disagrees", row).length);
  return columns[order];
}

// Rows without a value come last, whichever the direction; equal ones stay as the catalogue has them.
function chooseRows(wanted) {
  const rows = [];
  for (let row = 0; row < total; row++) if (isShown(row, wanted)) rows.push(row);
  const keys = keysOf(wanted.order);
  const sign = wanted.falling ? -1 : 1;
  const isText = wanted.order === "name";
  const compare = isText ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : (a, b) => a - b;
  return rows.sort((one, other) => {
    const [a, b] = [keys[one], keys[other]];
    if (a === null || b === null) return (a === null) - (b === null) || one - other;
    return sign * compare(a, b) || one - other;
  });
}
