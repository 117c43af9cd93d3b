// What the server is asked, and the votes that it has not confirmed yet.

const HEADERS = { "Content-Type": "application/json", "X-Bentjets": "1" };
const TOKEN = "bentjets-token";
const FIRST_PAUSE_MS = 250;

export class Refused extends Error {
  constructor(status, answer) {
    super(answer.detail ?? `The server answered ${status}`);
    this.status = status;
    this.kept = answer.kept;
  }
}

// The token comes after the # of the address, which no server and no log sees.
export async function openSession() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname);
  }
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return fetch("/");
  const body = JSON.stringify({ token });
  const answer = await fetch("/api/session", { method: "POST", headers: HEADERS, body });
  if (!answer.ok) throw new Refused(answer.status, await answer.json());
}

async function call(path, options = {}) {
  let answer = await fetch(path, options);
  if (answer.status === 401) {
    // Sessions do not outlive the server; votes do.
    await openSession();
    answer = await fetch(path, options);
  }
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

export const getJSON = async (path) => (await call(path)).json();
export const getBytes = async (path) => (await call(path)).arrayBuffer();
export const getBlob = async (path) => (await call(path)).blob();

export const newVoteId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

// Votes leave in the order in which they were cast, and stay here until they are confirmed. Each has
// a key of its own, so that two windows of one expert never overwrite each other's; one that both
// send is kept once, by its vote_id.
export class Outbox {
  constructor(expert, round, { onConfirmed, onRefused, onChange }) {
    this.prefix = `bentjets-outbox-${round}-${expert}-`;
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).sort();
    this.waiting = keys.map((key) => ({ key, vote: JSON.parse(localStorage.getItem(key)) }));
    Object.assign(this, { onConfirmed, onRefused, onChange, sending: false, pause: FIRST_PAUSE_MS });
    this.tell();
    this.send();
  }

  add(vote) {
    const key = `${this.prefix}${String(Date.now()).padStart(15, "0")}-${vote.vote_id}`;
    localStorage.setItem(key, JSON.stringify(vote));
    this.waiting.push({ key, vote });
    this.tell();
    this.send();
  }

  // One vote on its way is nothing to speak of, unless the server did not answer.
  tell() {
    const count = this.waiting.length;
    this.onChange(count > 1 || this.pause > FIRST_PAUSE_MS ? count : 0);
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.length) {
      const { key, vote } = this.waiting[0];
      const done = await this.sendOne(vote);
      if (done) {
        this.pause = FIRST_PAUSE_MS;
        this.waiting.shift();
        localStorage.removeItem(key);
        this.tell();
        done();
      } else {
        const pause = this.pause;
        this.pause = Math.min(2 * pause, 4000);
        this.tell();
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    this.sending = false;
  }

  // Give what is to be done when the vote has left the outbox; nothing if it is to be sent again.
  async sendOne(vote) {
    try {
      const body = JSON.stringify(vote);
      const answer = await call("/api/votes", { method: "POST", headers: HEADERS, body });
      const said = await answer.json();
      return () => this.onConfirmed(vote, said);
    } catch (error) {
      if (!(error instanceof Refused)) return null;
      if (error.kept) return () => this.onConfirmed(vote, null);
      if ([401, 408, 429].includes(error.status) || error.status >= 500) return null;
      return () => this.onRefused(vote, error.message);
    }
  }
}
