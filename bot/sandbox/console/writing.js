// The place to write: text, replies, edits, files, commands and the bot's keyboard.
import { at, attempt, make, post } from "./page.js";
import { word } from "./words.js";

// What the next message is about: nothing, a reply, an edit or a file to go.
let about = {};
let where = () => ({});

export function wireWriting(place) {
  where = place;
  const draft = at("draft");
  at("form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  draft.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
    if (event.key === "Escape") { forget(); closeMenu(); }
  });
  draft.addEventListener("input", () => { grow(); suggest(); });
  at("context-close").addEventListener("click", forget);
  at("attach").addEventListener("click", () => at("file").click());
  at("file").addEventListener("change", () => { if (at("file").files[0]) takeFile(at("file").files[0]); at("file").value = ""; });
  at("commands").addEventListener("click", () => (at("menu").hidden ? openMenu("") : closeMenu()));
  at("menu").addEventListener("keydown", (event) => { if (event.key === "Escape") { closeMenu(); draft.focus(); } });
  at("keys").addEventListener("click", () => showKeyboard(at("keyboard").hidden));
  at("log").addEventListener("dragover", (event) => event.preventDefault());
  at("log").addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) takeFile(event.dataTransfer.files[0]);
  });
}

function grow() {
  const draft = at("draft");
  draft.rows = Math.min(8, draft.value.split("\n").length);
}

function context(title, text) {
  at("context-title").textContent = title;
  at("context-text").textContent = text;
  at("context").hidden = false;
  at("draft").focus();
}

export function replyTo(message) {
  about = { reply: message.id };
  at("as-photo-label").hidden = true;
  if (message.placeholder) at("draft").placeholder = message.placeholder;
  context(word("replying", message.from), message.text || message.file?.name || "");
}

export function edit(message) {
  about = { edit: message.id };
  at("as-photo-label").hidden = true;
  at("draft").value = message.text;
  grow();
  context(word("editing"), message.text);
}

function takeFile(file) {
  const picture = ["image/png", "image/jpeg", "image/webp"].includes(file.type);
  about = { file, reply: about.reply };
  at("as-photo-label").hidden = !picture;
  at("as-photo").checked = picture;
  context(word("file"), file.name);
}

export function forget() {
  if (about.edit) at("draft").value = "";
  about = {};
  at("context").hidden = true;
  at("as-photo-label").hidden = true;
  grow();
}

export async function say(text) {
  const { user, chat } = where();
  return attempt(() => post("type", { user, chat, text }));
}

async function send() {
  const { user, chat } = where();
  const text = at("draft").value;
  const now = about;
  if (!text.trim() && !now.file) return;
  const done = await attempt(() => {
    if (now.file) return post("upload", form(now, user, chat, text));
    if (now.edit) return post("edit", { user, chat, message: now.edit, text });
    return post("type", { user, chat, text, reply_to: now.reply ?? null });
  });
  if (!done) return;
  at("draft").value = "";
  about = {};
  forget();
  closeMenu();
}

function form(now, user, chat, caption) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ user, chat, caption, reply_to: now.reply ?? "", as_photo: at("as-photo").checked && !at("as-photo-label").hidden })) body.set(name, value);
  body.set("file", now.file);
  return body;
}

let commands = [];
export function setCommands(menu) {
  commands = menu;
  closeMenu();
}

function suggest() {
  const text = at("draft").value;
  if (/^\/[a-z0-9_]*$/i.test(text)) openMenu(text.slice(1).toLowerCase());
  else closeMenu();
}

function openMenu(beginning) {
  const fitting = commands.filter((one) => one.command.startsWith(beginning));
  if (!fitting.length && beginning) { closeMenu(); return; }
  at("menu").replaceChildren(...(fitting.length ? fitting.map((one) => make("button", {
    type: "button", onclick: () => { at("draft").value = ""; closeMenu(); say(`/${one.command}`); at("draft").focus(); },
  }, make("strong", { text: `/${one.command}` }), make("span", { text: one.description })))
    : [make("p", { class: "hint", text: word("no_commands") })]));
  at("menu").hidden = false;
  at("commands").setAttribute("aria-expanded", "true");
}

function closeMenu() {
  at("menu").hidden = true;
  at("commands").setAttribute("aria-expanded", "false");
}

export function setKeyboard(rows, placeholder) {
  const same = at("keyboard").dataset.rows === JSON.stringify(rows);
  at("draft").dataset.hint = placeholder ? "" : "draft"; // our own words change with the language, the bot's stay
  at("draft").placeholder = placeholder || word("draft");
  at("keys").hidden = !rows.length;
  if (same) return;
  at("keyboard").dataset.rows = JSON.stringify(rows);
  at("keyboard").replaceChildren(...rows.map((row) => make("div", { class: "key-row" },
    ...row.map((text) => make("button", { class: "key", type: "button", text, onclick: () => say(text) })))));
  showKeyboard(rows.length > 0);
}

function showKeyboard(open) {
  at("keyboard").hidden = !open;
  at("keys").setAttribute("aria-expanded", String(open));
}
