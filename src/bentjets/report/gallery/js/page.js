// The page: what is chosen, shown, opened and copied.
const PAGE = 60;
const browser = document.getElementById("browser");
const form = browser.querySelector(".choices");
const list = browser.querySelector(".cards");
const status = browser.querySelector("[role=status]");
const dialog = browser.querySelector("dialog");
const more = browser.querySelector(".more");
const chosen = new Set();
let rows = [];
let lost = false;

const field = (name) => form.elements[name];
const model = () => field("model")?.value;

function wanted() {
  const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
  return {
    text: words.length ? words : null,
    lost,
    model: model(),
    falling: field("falling").checked,
    ...Object.fromEntries(["morphology", "state", "said", "against", "flag", "order"]
      .map((name) => [name, field(name)?.value ?? ""])),
  };
}

function refresh() {
  rows = chooseRows(wanted());
  list.replaceChildren();
  showMore();
  plot.show(rows);
  tell();
}

function tell() {
  status.textContent = chosen.size
    ? `${rows.length} of ${total} sources, ${chosen.size} chosen` : `${rows.length} of ${total} sources`;
  browser.querySelector("[data-copy=none]").hidden = !chosen.size;
}

function showMore() {
  const from = list.childElementCount;
  const asked = { model: model(), isClose: field("close").checked, chosen, onOpen: open, onChoose: choose };
  list.append(...rows.slice(from, from + PAGE).map((row) => card(row, asked)));
  more.hidden = list.childElementCount >= rows.length;
}

function choose(row, isChosen) {
  if (isChosen) chosen.add(row);
  else chosen.delete(row);
  tell();
}

function open(row) {
  present(`${columns.name[row]}, ${columns.morphology[row]}`, details(row));
}

function present(title, content) {
  dialog.querySelector("h3").textContent = title;
  dialog.querySelector(".shown").replaceChildren(...content);
  dialog.showModal();
}

async function copy(kind) {
  if (kind === "none") {
    chosen.clear();
    list.querySelectorAll("input:checked").forEach((tick) => { tick.checked = false; });
    return tell();
  }
  const taken = chosen.size ? rows.filter((row) => chosen.has(row)) : rows;
  const text = COPIES[kind](taken);
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = `copied ${taken.length} of ${total} sources`;
  } catch {
    // The browser forbids it: the reader copies by hand.
    const box = element("textarea", { readonly: "", "aria-label": "The text to copy" });
    box.value = text;
    present(`${taken.length} sources, to be copied`, [box]);
    box.select();
  }
}

const PRESETS = {
  all: {},
  errors: { said: "wrong", falling: true, order: () => `${model()}: probability` },
  unsure: { order: () => `${model()}: probability` },
  doubtful: { order: "suspicion" },
  disputed: { against: "some", order: "disagrees", falling: true },
  flagged: { flag: "some" },
  lost: { lost: true },
};

// "some" is no choice of the list: it is put there when a preset asks for it.
function set(name, value) {
  const select = field(name);
  if (!select) return;
  if (value && ![...select.options].some((option) => option.value === value)) select.add(new Option(value));
  select.value = value;
}

function apply({ said = "", against = "", flag = "", order = "", falling = false, lost: isLost = false }) {
  field("text").value = "";
  for (const name of ["morphology", "state"]) set(name, "");
  set("said", said);
  set("against", against);
  set("flag", flag);
  set("order", typeof order === "function" ? order() : order);
  field("falling").checked = falling;
  lost = isLost;
  refresh();
}

function overlay() {
  browser.classList.toggle("without-outline", !field("outline").checked);
  browser.classList.toggle("without-ruler", !field("ruler").checked);
  browser.classList.toggle("with-masked", field("masked").checked);
}

const plot = new Plot(browser.querySelector(".plot"), open);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  if (["outline", "ruler", "masked"].includes(event.target.name)) return overlay();
  lost = false;
  refresh();
});
form.addEventListener("click", (event) => {
  const name = event.target.dataset?.preset;
  if (name) apply(PRESETS[name]);
});
browser.querySelector(".tally").addEventListener("click", (event) => {
  if (event.target.dataset?.copy) copy(event.target.dataset.copy);
});
// Ribbons and lines of the flow above lead to their sources.
document.querySelectorAll(".flow a").forEach((link) => link.addEventListener("click", () => {
  const { state, morphology = "", text = "" } = link.dataset;
  apply({});
  set("state", state);
  set("morphology", morphology);
  field("text").value = text;
  refresh();
}));
more.querySelector("button").addEventListener("click", showMore);
new IntersectionObserver(([entry]) => { if (entry.isIntersecting) showMore(); }, { rootMargin: "600px" }).observe(more);
browser.hidden = false;
overlay();
refresh();
