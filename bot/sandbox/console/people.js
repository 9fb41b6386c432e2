// The list of people: choose who to be.
import { at, avatar, badge, make } from "./page.js";
import { word } from "./words.js";

let shown = [];

function chip(person) {
  if (person.deactivated) return make("span", { class: "chip", text: word("gone") });
  if (person.blocked) return make("span", { class: "chip", text: word("blocked") });
  if (!person.started) return make("span", { class: "chip", text: word("not_started") });
  return badge(person.unread);
}

function row(person, chosen, choose) {
  const what = [person.title, person.subtitle].filter(Boolean).join(" · ");
  return make("button", {
    class: `person${person.unread ? " fresh" : ""}`, type: "button", "data-user": person.id,
    "aria-current": person.id === chosen ? "true" : undefined, onclick: () => choose(person.id),
  },
  avatar(person.id, person.name),
  make("span", { class: "person-text" }, make("strong", { text: person.name }), make("small", { text: what })),
  chip(person));
}

export function drawPeople(people, chosen, choose) {
  const wanted = at("find").value.trim().toLowerCase();
  const found = people.filter((person) => !wanted
    || [person.name, person.title, person.subtitle, person.section].join(" ").toLowerCase().includes(wanted));
  const sections = new Map();
  for (const person of found) {
    if (!sections.has(person.section)) sections.set(person.section, []);
    sections.get(person.section).push(person);
  }
  shown = [...sections].map(([name, members], index) => make("section", { "aria-labelledby": `section-${index}` },
    make("h3", { id: `section-${index}`, text: name || word("others") }),
    ...members.map((person) => row(person, chosen, choose))));
  const focused = document.activeElement?.dataset?.user;
  const list = at("people");
  const top = list.scrollTop;
  list.replaceChildren(...(shown.length ? shown : [make("p", { class: "hint", text: word("nothing") })]));
  list.scrollTop = top;
  if (focused) list.querySelector(`[data-user="${focused}"]`)?.focus({ preventScroll: true });
}

export function walkPeople() {
  at("people").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const rows = [...at("people").querySelectorAll(".person")];
    const next = rows[rows.indexOf(document.activeElement) + step];
    if (next) next.focus();
    event.preventDefault();
  });
  at("find").addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") at("people").querySelector(".person")?.focus();
  });
}
