// The console: puts the parts together and follows what happens.
import { alertBox, at, attempt, badge, get, make, post, toast } from "./page.js";
import { dayWithWeek, switchLanguage, translate, word } from "./words.js";
import { bubble } from "./message.js";
import { drawPeople, walkPeople } from "./people.js";
import { drawClock, drawStrip, drawTurns, setTurning, stripSoon, wireClock } from "./clock.js";
import { edit, forget, replyTo, say, setCommands, setKeyboard, wireWriting } from "./writing.js";

const PATIENCE = 15000;
const town = { bot: {}, people: [], user: null, chat: null, messages: [], earlier: false, description: "" };
const answers = new Map();
const waiting = new Map();

const person = () => town.people.find((one) => one.id === town.user);
const chatOf = (who) => who?.chats.find((one) => one.id === town.chat);
const view = (name) => { document.body.dataset.view = name; };

const hands = {
  bot: () => town.bot.username || "",
  say,
  start: (payload) => attempt(() => post("start", { user: town.user, payload })),
  reply: replyTo,
  edit,
  forwards: () => town.chat !== town.user && person()?.started,
  forward: async (message) => {
    const done = await attempt(() => post("forward", { user: town.user, from: town.chat, message: message.id, chat: town.user }));
    if (done) choose(town.user, town.user);
  },
  copy: async (text) => { if ((await attempt(() => navigator.clipboard.writeText(text).then(() => true)))) toast(word("copied")); },
  jump: (id) => show(id),
  press: async (message, button, node) => {
    node.classList.add("busy");
    node.setAttribute("aria-busy", "true");
    const pressed = await attempt(() => post("press", { user: town.user, chat: town.chat, message: message.id, data: button.callback_data }));
    const free = () => { node.classList.remove("busy"); node.removeAttribute("aria-busy"); };
    if (!pressed) { free(); return; }
    const timer = setTimeout(() => { waiting.delete(pressed.result); free(); toast(word("no_answer"), true); }, PATIENCE);
    const done = (answer) => { clearTimeout(timer); free(); tell(answer); };
    if (answers.has(pressed.result)) done(answers.get(pressed.result));
    else waiting.set(pressed.result, done);
  },
};

function tell(answer) {
  if (!answer.text) return;
  if (answer.alert) alertBox(answer.text);
  else toast(answer.text);
}

async function loadState() {
  const state = await get("state");
  Object.assign(town, { bot: state.bot, people: state.people });
  drawClock(state.now, state.can_turn);
  drawTurns();
  setTurning(state.turning);
  return state.serial;
}

async function choose(user, chat, message) {
  const moved = town.user !== user || town.chat !== chat;
  Object.assign(town, { user, chat });
  history.replaceState(null, "", `#${user}/${chat}`);
  view("chat");
  if (moved) { forget(); town.messages = []; }
  redraw();
  await loadChat();
  if (message) show(message);
  else if (matchMedia("(pointer: fine)").matches && !at("composer").hidden) at("draft").focus();
}

// Who reads the end of the chat goes on reading it when a keyboard or a reply takes some of the room.
let atEnd = true;
function stayAtEnd() {
  const log = at("log");
  log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80; });
  new ResizeObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; }).observe(log);
}

async function loadChat(before, live = false) {
  if (town.user === null) return;
  const [user, chat] = [town.user, town.chat];
  const page = await attempt(() => get("chat", before ? { user, chat, before } : { user, chat }));
  if (!page || user !== town.user || chat !== town.chat) return;
  const older = live ? town.messages.filter((one) => one.id < (page.messages[0]?.id ?? 0)) : [];
  town.messages = before ? [...page.messages, ...town.messages] : [...older, ...page.messages];
  Object.assign(town, { earlier: older.length ? town.earlier : page.earlier, description: page.description });
  setCommands(page.commands);
  setKeyboard(chat === user ? page.keyboard : [], page.placeholder);
  const log = at("log");
  const [top, height] = [log.scrollTop, log.scrollHeight];
  const last = town.messages.at(-1);
  const toEnd = !before && (!live || atEnd || last?.sender === user);
  drawLog();
  log.scrollTop = toEnd ? log.scrollHeight : top + (before ? log.scrollHeight - height : 0);
  if (!before && last?.force_reply) replyTo(last);
  markRead();
}

function markRead() {
  const here = chatOf(person());
  if (!here?.unread || document.hidden) return;
  person().unread -= here.unread;
  here.unread = 0;
  redraw();
  post("read", { user: town.user, chat: town.chat }).catch(() => {});
}

function redraw() {
  drawPeople(town.people, town.user, (user) => choose(user, user));
  const who = person();
  const here = chatOf(who);
  document.body.classList.toggle("nobody", !who);
  at("chat-title").textContent = who ? who.name : word("nobody");
  at("chat-subtitle").textContent = who ? [who.title, who.subtitle].filter(Boolean).join(" · ") : word("nobody_more");
  at("tabs").hidden = !who || who.chats.length < 2;
  at("tabs").replaceChildren(...(who?.chats || []).map((chat) => make("button", {
    type: "button", class: "tab", "aria-current": chat.id === town.chat ? "true" : undefined, onclick: () => choose(who.id, chat.id),
  }, chat.title, chat.kind === "private" ? null : make("small", { text: word("members", chat.members) }), badge(chat.unread))));
  const canWrite = who && here && !who.deactivated && (here.kind !== "private" || (who.started && !who.blocked));
  at("composer").hidden = !canWrite;
  at("block").hidden = !who?.started || who.deactivated || here?.kind !== "private";
  at("block").textContent = word(who?.blocked ? "unblock" : "block");
  drawStarter(who, here);
}

function drawStarter(who, here) {
  const node = at("starter");
  const wanted = who && here?.kind === "private" && !who.started && !who.deactivated;
  if (node.hidden === !wanted && node.dataset.user === String(town.user) && node.dataset.language === word("code")) return;
  Object.assign(node.dataset, { user: town.user, language: word("code") });
  node.hidden = !wanted;
  if (!wanted) return;
  const code = make("input", { id: "payload", autocomplete: "off", maxlength: 64, pattern: "[A-Za-z0-9_\\-]*", "aria-label": word("code_label"), placeholder: word("code_label") });
  const form = make("form", {}, make("p", { text: word("start_hint") }), make("div", {}, code, make("button", { class: "primary", text: word("start") })));
  form.addEventListener("submit", (event) => { event.preventDefault(); hands.start(code.value.trim()); });
  node.replaceChildren(form);
}

// A bubble that has not changed stays the same node: what was unfolded stays so, and screen readers hear only the new.
const drawn = new Map();
function kept(key, facts, build) {
  const state = JSON.stringify([facts, word("code")]);
  if (drawn.get(key)?.state !== state) drawn.set(key, { state, node: build() });
  return drawn.get(key).node;
}

function place(log, nodes) {
  nodes.forEach((node, index) => { if (log.children[index] !== node) log.insertBefore(node, log.children[index] || null); });
  while (log.children.length > nodes.length) log.lastElementChild.remove();
}

function drawLog() {
  const here = `${town.user}/${town.chat}`;
  if (drawn.get("here")?.state !== here) drawn.clear();
  drawn.set("here", { state: here });
  const group = chatOf(person())?.kind !== "private";
  const nodes = [];
  if (town.earlier) nodes.push(make("button", { class: "plain earlier", type: "button", text: word("earlier"), onclick: () => loadChat(town.messages[0].id) }));
  if (!town.messages.length && town.description) {
    nodes.push(make("div", { class: "about" }, make("strong", { text: word("what") }), make("p", { text: town.description })));
  }
  let day = "";
  for (const message of town.messages) {
    if (message.date.slice(0, 10) !== day) {
      day = message.date.slice(0, 10);
      const shown = day;
      nodes.push(kept(`day ${day}`, day, () => make("p", { class: "day", text: dayWithWeek(shown) })));
    }
    nodes.push(kept(message.id, message, () => bubble(message, { user: town.user, group, hands })));
  }
  place(at("log"), nodes);
}

function show(id) {
  const node = at("log").querySelector(`[data-id="${id}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.remove("flash");
  requestAnimationFrame(() => node.classList.add("flash"));
}

function follow(event) {
  drawClock(event.now);
  if (event.kind === "clock") setTurning(event.turning);
  if (event.kind === "answer") {
    answers.set(event.answer.query, event.answer);
    waiting.get(event.answer.query)?.(event.answer);
    waiting.delete(event.answer.query);
  } else if (event.kind === "person") {
    const index = town.people.findIndex((one) => one.id === event.person.id);
    if (index < 0) loadState().then(redraw);
    else { town.people[index] = event.person; redraw(); }
  } else if (event.message) changed(event);
  if (event.kind === "clock" || event.kind === "new") stripSoon();
}

function changed({ kind, chat, message, readers }) {
  if (kind === "new") {
    if (message.service) loadState().then(redraw);
    for (const one of town.people) {
      const place = readers.includes(one.id) && one.id !== message.sender ? one.chats.find((it) => it.id === chat) : null;
      if (place) { place.unread += 1; one.unread += 1; }
    }
    redraw();
  }
  if (chat !== town.chat) return;
  if (kind === "new") { soon(); return; }
  town.messages = kind === "delete" ? town.messages.filter((one) => one.id !== message.id)
    : town.messages.map((one) => (one.id === message.id ? message : one));
  const log = at("log");
  const top = log.scrollTop;
  drawLog();
  log.scrollTop = atEnd ? log.scrollHeight : top;
}

// Several letters at once are one redraw.
let coming;
function soon() {
  clearTimeout(coming);
  coming = setTimeout(() => loadChat(undefined, true), 30);
}

function listen(serial) {
  const source = new EventSource(`/console/events?after=${serial}`);
  source.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    document.body.classList.remove("offline");
    if (event.kind === "reset") loadState().then(() => { redraw(); loadChat(); drawStrip(); });
    else follow(event);
  });
  source.addEventListener("error", () => { if (!document.body.classList.contains("offline")) toast(word("offline"), true); document.body.classList.add("offline"); });
}

function speak() {
  translate(document);
  at("language").textContent = word("other");
  at("language").setAttribute("aria-label", word("other_label"));
  document.title = word("title");
  drawClock();
  drawTurns();
  redraw();
  drawLog();
  drawStrip();
}

function chatName(chat) {
  for (const one of town.people) {
    if (one.id === chat) return one.name;
    const group = one.chats.find((it) => it.id === chat);
    if (group) return group.title;
  }
  return String(chat);
}

function jumpTo(chat, message) {
  const has = (one) => one?.chats.some((it) => it.id === chat);
  const who = has(person()) && chat !== town.user ? person() : town.people.find((one) => one.id === chat) || town.people.find(has);
  if (who) choose(who.id, chat, message);
}

async function begin() {
  wireWriting(() => ({ user: town.user, chat: town.chat }));
  wireClock({ name: chatName, to: jumpTo });
  walkPeople();
  stayAtEnd();
  at("find").addEventListener("input", redraw);
  at("back").addEventListener("click", () => view("people"));
  for (const id of ["open-clock", "open-clock-2"]) at(id).addEventListener("click", () => { view("clock"); at("close-clock").focus(); });
  at("close-clock").addEventListener("click", () => view(town.user === null ? "people" : "chat"));
  at("language").addEventListener("click", () => { switchLanguage(); speak(); });
  at("block").addEventListener("click", () => attempt(() => post("block", { user: town.user, blocked: !person().blocked })));
  document.addEventListener("visibilitychange", markRead);
  const serial = await loadState();
  speak();
  const [user, chat] = location.hash.slice(1).split("/").map(Number);
  if (town.people.some((one) => one.id === user && one.chats.some((it) => it.id === chat))) await choose(user, chat);
  listen(serial);
}

begin();
