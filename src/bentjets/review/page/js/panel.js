// What is told beside the image, and asked for in words. Everything that people or files say goes in as text.

import { formatSky } from "./sky.js";

const part = (tag, words, ...inside) => {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  made.append(...inside);
  return made;
};

function list(pairs) {
  const made = part("dl");
  for (const [name, value] of pairs) made.append(part("dt", name), part("dd", value));
  return made;
}

const section = (title, ...inside) => part("section", "", part("h2", title), ...inside);

const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));

export function describeVote({ verdict, reason, morphology, opening_angle_deg, stale }) {
  const words = [verdict + (reason ? `: ${reason}` : "")];
  if (morphology) words.push(`sees ${morphology}`);
  if (opening_angle_deg != null) words.push(`measured ${opening_angle_deg.toFixed(0)}°`);
  if (stale) words.push("on an image that has changed since");
  return words.join(", ");
}

export function writePanel(panel, source, { morphology, total }) {
  const picture = part("img");
  picture.src = source.maskedURL;
  picture.alt = "The masked image, as the networks see it";
  picture.className = "masked";
  const facts = [
    ["Place", `${source.place + 1} of ${total}`],
    ["Position", formatSky({ ra: source.ra_deg, dec: source.dec_deg })],
    ["Noise", source.rms_jy_beam === null ? "–" : `${(1e3 * source.rms_jy_beam).toFixed(3)} mJy/beam`],
    ...(source.survey ? [["Survey", source.survey]] : []),
    ...source.catalogue,
  ];
  const parts = [section(source.name, list(facts)), section("As networks see it", picture)];
  if (source.flags.length) parts.push(section("Remarks of the checks", flags(source.flags)));
  if (morphology) parts.push(section("You see", part("p", morphology)));
  if (source.conflict) parts.push(section("The first round", votes(source.conflict)));
  if (source.vote) parts.push(section("Your vote", part("p", describeVote(source.vote))));
  if (source.revealed) parts.push(section("What others say", reveal(source.revealed)));
  panel.replaceChildren(...parts);
}

function flags(given) {
  const made = part("ul");
  for (const { says, value, limit } of given) {
    const number = typeof value === "number" ? ` ${value.toPrecision(3)}` : value ? ` ${value}` : "";
    made.append(part("li", `${says}${number}${limit === null ? "" : ` (limit ${limit})`}`));
  }
  return made;
}

function votes(given) {
  const made = part("div");
  made.className = "votes";
  for (const vote of given) made.append(part("div", "", part("h3", vote.expert), part("p", describeVote(vote))));
  return made;
}

function reveal({ morphology, networks, votes: others, opening_angle_deg, opening_angle_error_deg }) {
  const angle = `${number(opening_angle_deg, 0)}° ± ${number(opening_angle_error_deg, 0)}°`;
  const pairs = [["Catalogue", morphology], ["Opening angle", opening_angle_deg === null ? "not measured" : angle]];
  for (const one of networks) pairs.push([one.model, `${one.class}, ${(100 * one.probability).toFixed(0)} %`]);
  for (const vote of others) pairs.push([vote.expert, describeVote(vote)]);
  return list(pairs);
}

// Ask for a line of text; nothing where it is given up.
export function ask(label, inputmode = "text") {
  const dialog = document.getElementById("ask");
  const words = document.getElementById("ask-words");
  document.getElementById("ask-label").textContent = label;
  document.getElementById("ask-cancel").onclick = () => dialog.close("");
  words.value = "";
  words.inputMode = inputmode;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    // Until the next frame the hidden field would keep the focus, and swallow the next key.
    const end = () => {
      words.blur();
      resolve(dialog.returnValue === "ok" ? words.value.trim() : "");
    };
    dialog.addEventListener("close", end, { once: true });
  });
}
