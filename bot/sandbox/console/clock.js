// The office's clock and the strip of what it did.
import { at, attempt, avatar, get, make, post } from "./page.js";
import { dayWithWeek, fullDay, hour, shortDay, weekday, word } from "./words.js";

const TURNS = [["working_days", 1], ["working_days", 3], ["working_days", 10], ["days", 7], ["days", 30]];
let turning = false;
let canTurn = false;
let later;
let shown = "";

export function drawClock(now = shown, able = canTurn) {
  if (!now) return;
  [shown, canTurn] = [now, able];
  at("day").textContent = fullDay(now);
  at("weekday").textContent = weekday(now);
  at("hour").textContent = hour(now);
  const least = new Date(`${now.slice(0, 10)}T00:00:00Z`);
  least.setUTCDate(least.getUTCDate() + 1);
  at("until").min = least.toISOString().slice(0, 10);
}

export function drawTurns() {
  const label = ([kind, count]) => {
    if (kind === "days") return word("days", count);
    return count === 1 ? word("next_work") : word("work_days", count);
  };
  at("turns").replaceChildren(...TURNS.map((turn, index) => make("button", {
    type: "button", class: index ? "plain" : "primary", disabled: turning || !canTurn, text: label(turn),
    onclick: () => turnClock({ [turn[0]]: turn[1] }),
  })));
  at("until").disabled = !canTurn;
}

export function setTurning(now) {
  if (turning === now) return;
  turning = now;
  document.body.classList.toggle("turning", turning);
  drawTurns();
}

async function turnClock(wish) {
  setTurning(true);
  at("strip").replaceChildren(make("p", { class: "hint", text: word("turning") }));
  await attempt(() => post("clock", wish));
  setTurning(false);
  await drawStrip();
}

export function wireClock(jump) {
  at("turn-to").addEventListener("submit", (event) => {
    event.preventDefault();
    // Half past eight in the morning: the hour at which the office's day begins.
    if (at("until").value) turnClock({ to: `${at("until").value}T08:30` });
  });
  wireClock.jump = jump;
}

// Letters still come in for a moment after the clock stands: ask again when things are quiet.
export function stripSoon() {
  clearTimeout(later);
  later = setTimeout(drawStrip, 150);
}

export async function drawStrip() {
  const told = await get("turned").catch(() => ({ chats: [] }));
  if (!told.from) {
    at("strip").replaceChildren(canTurn ? "" : make("p", { class: "hint", text: word("no_clock") }));
    return;
  }
  const heading = make("h3", { text: word("strip", dayWithWeek(told.from), dayWithWeek(told.to)) });
  const groups = told.chats.map((one) => {
    const name = wireClock.jump.name(one.chat);
    const rows = one.letters.map((letter) => make("button", { type: "button", class: "strip-letter", onclick: () => wireClock.jump.to(one.chat, letter.id) },
      make("time", { datetime: letter.date, text: shortDay(letter.date) }),
      make("span", { text: letter.text || letter.file })));
    return make("details", { open: told.chats.length <= 6 || undefined },
      make("summary", {}, avatar(one.chat, name), make("span", { text: name }), make("span", { class: "count", text: word("letters", rows.length) })),
      ...rows);
  });
  at("strip").replaceChildren(heading, ...(groups.length ? groups : [make("p", { class: "hint", text: word("today_none") })]));
}
