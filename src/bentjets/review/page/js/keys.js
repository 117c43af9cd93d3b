// One table of what can be done: its key, its words, and where its button stands.

export const ACTIONS = [
  { name: "accept", key: "a", says: "Accept", where: "verdicts" },
  { name: "bad", key: "b", says: "Bad", help: "Reject: bad", where: "verdicts" },
  { name: "small", key: "s", says: "Small", help: "Reject: small", where: "verdicts" },
  { name: "confused", key: "c", says: "Confused", help: "Reject: confused", where: "verdicts" },
  { name: "other", key: "t", says: "Other reason", help: "Reject for another reason, typed", where: "verdicts" },
  { name: "unsure", key: "u", says: "Unsure", where: "verdicts" },
  { name: "morphology", key: "m", says: "Morphology", help: "Name the morphology that you see; 1, 2, … name the classes", where: "moves" },
  { name: "measure", key: "k", says: "Measure", help: "Measure: click end, core and end (or arrow keys and Enter; Escape ends)", where: "moves" },
  { name: "back", key: "ArrowLeft", says: "Back", where: "moves" },
  { name: "next", key: "ArrowRight", says: "Next", where: "moves" },
  { name: "undo", key: "z", says: "Undo", help: "Take the last vote back", where: "moves" },
  { name: "jump", key: "j", says: "Jump", help: "Jump to a number", where: "moves" },
  { name: "filter", key: "f", help: "Show the next kind: all, open, done, …" },
  { name: "stretch", key: "e", help: "Next stretch" },
  { name: "colours", key: "g", help: "Next colours" },
  { name: "brighter", key: "[", help: "White at a lower value" },
  { name: "darker", key: "]", help: "White at a higher value" },
  { name: "lower", key: "{", help: "Black at a lower value" },
  { name: "raise", key: "}", help: "Black at a higher value" },
  { name: "reset", key: "0", help: "Cuts and view as at first" },
  { name: "closer", key: "+", help: "Zoom in" },
  { name: "farther", key: "-", help: "Zoom out" },
  { name: "layers", key: "o", help: "Mask and Gaussians on and off" },
  { name: "night", key: "n", help: "Light or dark" },
  { name: "help", key: "?", says: "Keys" },
];

const SHOWN = { ArrowLeft: "←", ArrowRight: "→" };

export function makeButtons(run) {
  for (const { name, key, says, where } of ACTIONS.filter((action) => action.where)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.action = name;
    label(button, says, key);
    button.addEventListener("click", () => run(name));
    document.getElementById(where).append(button);
  }
  const help = document.getElementById("help-button");
  label(help, "Keys", "?");
  help.addEventListener("click", () => run("help"));
}

function label(button, says, key) {
  const shown = document.createElement("kbd");
  shown.textContent = SHOWN[key] ?? key;
  shown.setAttribute("aria-hidden", "true");
  button.append(says, " ", shown);
  button.setAttribute("aria-keyshortcuts", key);
}

export function writeHelp(classes) {
  const table = document.getElementById("keys");
  const rows = ACTIONS.map(({ key, says, help }) => [SHOWN[key] ?? key, help ?? says]);
  classes.forEach((name, index) => rows.push([String(index + 1), `Morphology: ${name}`]));
  for (const words of rows) {
    const row = table.insertRow();
    for (const one of words) row.insertCell().textContent = one;
  }
}

// Keys go to fields that are being typed in, and to nothing else while a dialog is open.
export function watchKeys(run, runClass) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=range]), select, textarea")) return;
    if (event.target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
    if (/^[1-9]$/.test(event.key)) {
      if (runClass(Number(event.key) - 1)) event.preventDefault();
      return;
    }
    const action = ACTIONS.find(({ key }) => key === event.key || (key.length === 1 && key === event.key.toLowerCase()));
    // A key that is held down moves and draws on, but votes once.
    const votes = action?.where === "verdicts" || action?.name === "undo";
    if (event.repeat && votes) event.preventDefault();
    else if (run(action?.name ?? null, event)) event.preventDefault();
  });
}
