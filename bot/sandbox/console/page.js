// Small tools for building the page; text is only ever set as text, never as markup.
import { word } from "./words.js";

export const at = (id) => document.getElementById(id);

export function make(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export class Failed extends Error {}

async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Failed(body.error || String(response.status));
  return body;
}

export async function get(path, query = {}) {
  return answered(await fetch(`/console/${path}?${new URLSearchParams(query)}`));
}

export async function post(path, body) {
  const form = body instanceof FormData;
  const headers = form ? {} : { "Content-Type": "application/json" };
  return answered(await fetch(`/console/${path}`, { method: "POST", headers, body: form ? body : JSON.stringify(body) }));
}

// Do what a person asked for; what goes wrong is told, not thrown.
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    toast(word("failed") + (error.message || error), true);
    return undefined;
  }
}

let fading;
export function toast(text, bad = false) {
  const node = at("toast");
  node.textContent = text;
  node.classList.toggle("bad", bad);
  node.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { node.hidden = true; }, Math.max(3500, 120 * text.length));
}

export function alertBox(text) {
  at("alert-text").textContent = text;
  if (!at("alert").open) at("alert").showModal();
}

const HUES = 8;
export function avatar(id, name) {
  const hue = Math.abs(Number(id)) % HUES;
  return make("span", { class: `avatar hue-${hue}`, "aria-hidden": "true", text: (name || "?").trim().slice(0, 1) });
}

export function badge(count) {
  if (!count) return null;
  return make("span", { class: "badge" }, make("span", { "aria-hidden": "true", text: String(count) }),
    make("span", { class: "hidden", text: word("unread", count) }));
}
