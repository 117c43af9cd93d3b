// The page: one source at a time, a vote, the next.

import { getJSON, newVoteId, openSession, Outbox } from "./api.js";
import { makeButtons, watchKeys, writeHelp } from "./keys.js";
import { LAYERS, Overlays } from "./overlays.js";
import { ask, describeVote, writePanel } from "./panel.js";
import { Picture } from "./picture.js";
import { Places } from "./places.js";
import { watchPointer } from "./pointer.js";
import { formatSky, pixelToSky } from "./sky.js";
import { COLOURS, STRETCHES, Tone } from "./tone.js";

const RETRY_MS = 1000;
const element = (id) => document.getElementById(id);
const tone = new Tone();
const picture = new Picture(element("image"), element("overlay"), tone);
const overlays = new Overlays(picture);
const places = new Places();
let state, outbox, current, shownAt, wanted = null;
let seen = { morphology: "", measuring: false };
const cast = [];
const lost = new Map();

// Looking

async function go(place) {
  if (place === undefined || place === null) return;
  wanted = place;
  const coming = places.get(place);
  const slow = setTimeout(() => (element("waiting").hidden = false), 200);
  let source;
  try {
    source = await coming;
  } catch (error) {
    say(`This source cannot be shown yet: ${error.message}`);
    setTimeout(() => wanted === place && go(place), RETRY_MS);
    return;
  } finally {
    clearTimeout(slow);
    element("waiting").hidden = true;
  }
  // Somebody who is fast is somewhere else by now.
  if (wanted !== place) return;
  current = source;
  seen = { morphology: source.vote?.morphology ?? "", measuring: false };
  overlays.clicks = (source.vote?.clicks ?? []).map(([x, y]) => ({ x, y }));
  overlays.cursor = null;
  picture.show(source);
  shownAt = performance.now();
  performance.mark("drawn", { detail: { place } });
  element("stage").dataset.place = place;
  redraw();
  writeAll();
  places.prefetch(place);
}

function redraw() {
  overlays.draw();
  tone.paintBar(element("bar"));
  element("low").value = tone.toSlider(tone.cuts[0]);
  element("high").value = tone.toSlider(tone.cuts[1]);
  element("cuts").textContent = tone.cuts.map((value) => (1e3 * value).toFixed(2)).join(" to ") + " mJy/beam";
  element("colours").value = tone.colours;
  element("stretch").value = tone.stretch;
}

function retone() {
  picture.paint();
  redraw();
}

function writeAll() {
  writePanel(element("panel"), current, { ...seen, total: state.total });
  element("image").setAttribute("aria-label", `${current.name}, north up, east left`);
  writeProgress();
}

function writeProgress() {
  const { done, total, seconds_looked } = state;
  element("progress").max = total;
  element("progress").value = done;
  const each = done ? seconds_looked / done : 0;
  const left = total - done;
  const minutes = Math.ceil((left * each) / 60);
  element("pace").textContent = done
    ? `${done} of ${total}, ${each.toFixed(1)} s each, about ${minutes} min left`
    : `${left} to look at`;
}

const say = (words) => (element("said").textContent = words);

// Voting

function vote(verdict, reason = "") {
  const place = current.place;
  if (wanted !== place) return say("The image you go to is not here yet: vote when you see it.");
  const given = {
    vote_id: newVoteId(),
    place,
    verdict,
    reason,
    morphology: verdict === "withdrawn" ? "" : seen.morphology,
    clicks: verdict === "withdrawn" || overlays.clicks.length < 3 ? [] : overlays.clicks.map(({ x, y }) => [x, y]),
    seconds: Math.min((performance.now() - shownAt) / 1000, 3600),
    image_sha256: current.image_sha256,
  };
  if (verdict === "withdrawn") return outbox.add(given);
  if (!current.vote) state.done += 1;
  current.vote = { ...given, stale: false };
  cast.push(place);
  outbox.add(given);
  say(`${current.name}: ${describeVote(given)}`);
  writeProgress();
  return move(1, place);
}

async function move(way, from = wanted ?? 0) {
  const onward = places.beside(from, way);
  if (onward !== undefined) return go(onward);
  const place = await places.step(from, way).catch((error) => say(error.message));
  if (place !== undefined) return go(place);
  say(way > 0 ? "That was the last one here." : "That was the first one here.");
  if (current?.place === from) writeAll();
  return undefined;
}

async function undo() {
  const place = cast.pop();
  if (place === undefined) return say("There is no vote of this session to take back.");
  await go(place);
  if (current.place !== place) return undefined;
  vote("withdrawn");
  current.vote = null;
  current.revealed = null;
  state.done -= 1;
  say(`${current.name}: vote taken back`);
  return writeAll();
}

async function confirmed({ place, verdict }, answer) {
  if (lost.delete(place)) writeRefused();
  if (answer) {
    state.done = answer.done + outbox.waiting.filter((one) => one.vote.verdict !== "withdrawn").length;
    state.seconds_looked = answer.seconds_looked;
    writeProgress();
  }
  const source = await places.refresh(place).catch(() => null);
  if (!source || !answer || verdict === "withdrawn") return;
  if (current?.place === place) {
    current = source;
    writeAll();
  } else if (answer.revealed) {
    const { morphology, networks } = answer.revealed;
    const said = networks.map((one) => `${one.model} ${one.class} ${(100 * one.probability).toFixed(0)} %`);
    say(`${source.name}: ${describeVote(answer.vote)} · catalogue ${[morphology, ...said].join(", ")}`);
  }
}

// What was refused stays on the screen until that source is voted on again.
function writeRefused() {
  element("refused").textContent = [...lost.values()].join(" ");
}

function refused({ place }, words) {
  lost.set(place, `The vote on place ${place + 1} was not kept: ${words}.`);
  writeRefused();
  places.loaded.delete(place);
  getJSON("/api/state").then((now) => {
    state = now;
    writeProgress();
  }).catch(() => {});
}

// Words that are typed

async function rejectTyped() {
  const words = await ask("Why is it rejected?");
  if (words) vote("reject", words);
}

async function nameMorphology() {
  const words = await ask("Which morphology do you see?");
  if (words) see(words);
}

function see(morphology) {
  seen.morphology = seen.morphology === morphology ? "" : morphology;
  writeAll();
  say(seen.morphology ? `You see ${seen.morphology}` : "No morphology named");
}

async function jump() {
  const words = await ask(`Jump to which place, 1 to ${state.total}?`, "numeric");
  const place = Number(words) - 1;
  if (words && Number.isInteger(place) && place >= 0 && place < state.total) await go(place);
  else if (words) say(`There is no place ${words}.`);
}

async function choose(filter) {
  await places.choose(filter, wanted ?? 0);
  element("filter").value = filter;
  say(`${filter}: ${places.total}`);
  if (places.total && !places.listed.includes(wanted)) {
    await go(places.listed.find((place) => place >= wanted) ?? places.listed.at(-1));
  }
}

// Measuring

function measure() {
  seen.measuring = !seen.measuring;
  if (seen.measuring) {
    overlays.clicks = [];
    overlays.cursor = { x: (current.width - 1) / 2, y: (current.height - 1) / 2 };
    say("Click one end, the core, the other end; or arrow keys and Enter.");
  } else {
    overlays.cursor = null;
  }
  overlays.draw();
}

function addClick(pixel) {
  if (!seen.measuring || picture.valueAt(pixel) === undefined) return;
  overlays.clicks.push(pixel);
  if (overlays.clicks.length === 3) {
    seen.measuring = false;
    overlays.cursor = null;
    say("Measured: it goes with your vote.");
  }
  overlays.draw();
}

// By keyboard, the cross moves as on the screen, whatever the pixels' order.
function steer(event) {
  const step = event.shiftKey ? 5 : 1;
  const [right, down] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
  if (event.key === "Enter") addClick({ ...overlays.cursor });
  else if (event.key === "Escape") measure();
  else if (right || down) {
    const [[a, c], [b, d]] = picture.signs;
    overlays.cursor = { x: overlays.cursor.x + a * right + b * down, y: overlays.cursor.y + c * right + d * down };
    overlays.draw();
  } else return false;
  return true;
}

// What each action does

const RUN = {
  accept: () => vote("accept"),
  bad: () => vote("reject", "bad"),
  small: () => vote("reject", "small"),
  confused: () => vote("reject", "confused"),
  other: rejectTyped,
  unsure: () => vote("unsure"),
  morphology: nameMorphology,
  measure,
  back: () => move(-1),
  next: () => move(1),
  undo,
  jump,
  filter: () => choose(state.filters[(state.filters.indexOf(places.filter) + 1) % state.filters.length]),
  stretch: () => (tone.next("stretch"), retone()),
  colours: () => (tone.next("colours"), retone()),
  brighter: () => (tone.scaleHigh(0.8), retone()),
  darker: () => (tone.scaleHigh(1.25), retone()),
  lower: () => (tone.shiftLow(-1), retone()),
  raise: () => (tone.shiftLow(1), retone()),
  reset: () => (tone.reset(current), picture.fit(1), retone()),
  closer: () => (picture.zoomBy(1.25), overlays.draw()),
  farther: () => (picture.zoomBy(0.8), overlays.draw()),
  layers: () => ["mask", "gaussians"].forEach((layer) => toggle(layer)),
  night: () => paintPage(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
  help: () => element("help").showModal(),
};

function run(name, event) {
  if (event && seen.measuring && steer(event)) return true;
  if (!name || (!current && name !== "help")) return false;
  RUN[name]();
  return true;
}

function toggle(layer) {
  overlays.toggle(layer);
  document.querySelector(`[data-layer=${layer}]`).setAttribute("aria-pressed", overlays.shown.has(layer));
}

function paintPage(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("bentjets-theme", theme);
}

function fill(select, names, change) {
  for (const name of names) select.append(new Option(name, name));
  select.addEventListener("change", () => {
    change(select.value);
    // So that keys are keys again.
    select.blur();
  });
}

function setUp() {
  makeButtons(run);
  writeHelp(state.classes);
  watchKeys(run, (index) => state.classes[index] !== undefined && current && (see(state.classes[index]), true));
  fill(element("colours"), COLOURS, (name) => (tone.choose("colours", name), retone()));
  fill(element("stretch"), Object.keys(STRETCHES), (name) => (tone.choose("stretch", name), retone()));
  fill(element("filter"), state.filters, choose);
  for (const [layer, words] of Object.entries(LAYERS)) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: words });
    button.dataset.layer = layer;
    button.setAttribute("aria-pressed", overlays.shown.has(layer));
    button.addEventListener("click", () => toggle(layer));
    element("layers").append(button);
  }
  for (const [which, id] of ["low", "high"].entries()) {
    element(id).addEventListener("input", () => (tone.setCut(which, tone.fromSlider(Number(element(id).value))), retone()));
  }
  watchPointer(picture, { moved: point, clicked: addClick, toned: retone, viewed: () => overlays.draw() });
  new ResizeObserver(() => (picture.resize(), overlays.draw())).observe(element("stage"));
  element("title").textContent = state.title;
  element("who").textContent = state.expert + (state.round === 2 ? ", second round" : "");
}

function point(pixel) {
  const value = pixel && picture.valueAt(pixel);
  if (value === undefined || value === null) return;
  const words = Number.isFinite(value) ? `${(1e3 * value).toFixed(3)} mJy/beam` : "no data";
  element("pointer").textContent = `${words} at ${formatSky(pixelToSky(current.wcs, pixel))}`;
}

async function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  paintPage(localStorage.getItem("bentjets-theme") ?? (dark ? "dark" : "light"));
  if (location.hash.includes("token=")) await openSession();
  state = await getJSON("/api/state");
  outbox = new Outbox(state.expert, state.round, {
    onConfirmed: confirmed,
    onRefused: refused,
    onChange: (n) => (element("unsent").textContent = n ? `${n} ${n > 1 ? "votes" : "vote"} not confirmed yet` : ""),
  });
  setUp();
  const first = state.first_open ?? 0;
  await places.list(first);
  if (state.first_open === null) say("All are looked at. Thank you! Choose what to show again, or close the page.");
  await go(first);
}

start().catch((error) => say(error.message));
