// One message as a bubble with its buttons.
import { make } from "./page.js";
import { hour, service, word } from "./words.js";

const PLAIN = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

// Entities count UTF-16 units, and so do JavaScript's strings.
function rich(text, entities, hands, begin = 0, end = text.length) {
  const nodes = [];
  let here = begin;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    if (entity.offset < here || entity.offset >= end) continue;
    const stop = entity.offset + entity.length;
    if (entity.offset > here) nodes.push(text.slice(here, entity.offset));
    const inner = entities.slice(index + 1).filter((one) => one.offset + one.length <= stop);
    nodes.push(dressed(entity, text.slice(entity.offset, stop), rich(text, inner, hands, entity.offset, stop), hands));
    here = stop;
  }
  if (here < end) nodes.push(text.slice(here, end));
  return nodes;
}

function dressed(entity, plain, children, hands) {
  const kind = entity.type;
  if (PLAIN[kind]) return make(PLAIN[kind], {}, ...children);
  if (kind === "url" || kind === "text_link") return link(entity.url || plain, children, hands);
  if (kind === "email") return make("a", { href: `mailto:${plain}` }, ...children);
  if (kind === "bot_command") return make("button", { class: "inline", type: "button", onclick: () => hands.say(plain) }, ...children);
  if (kind === "spoiler") return spoiler(children);
  if (kind === "blockquote") return make("blockquote", {}, ...children);
  if (kind === "expandable_blockquote") return expandable(children);
  if (kind === "date_time") return make("time", { datetime: new Date(entity.unix_time * 1000).toISOString() }, ...children);
  return make("span", { class: kind.startsWith("mention") || kind === "hashtag" ? "mention" : "" }, ...children);
}

function link(url, children, hands) {
  const address = /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
  const deep = /^https?:\/\/t\.me\/([A-Za-z0-9_]+)\?start=([A-Za-z0-9_-]{1,64})$/.exec(address);
  if (deep && deep[1].toLowerCase() === hands.bot().toLowerCase()) {
    return make("button", { class: "inline", type: "button", onclick: () => hands.start(deep[2]) }, ...children);
  }
  if (!/^https?:/i.test(address)) return make("span", { class: "mention" }, ...children);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function spoiler(children) {
  const node = make("button", { class: "spoiler", type: "button", "aria-label": word("spoiler"), "aria-expanded": "false" }, ...children);
  node.addEventListener("click", () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
    node.setAttribute("aria-expanded", "true");
  });
  return node;
}

function expandable(children) {
  const body = make("blockquote", { class: "folded" }, ...children);
  const more = make("button", { class: "fold", type: "button", "aria-expanded": "false", text: word("expand") });
  more.addEventListener("click", () => {
    const folded = body.classList.toggle("folded");
    more.textContent = word(folded ? "expand" : "fold");
    more.setAttribute("aria-expanded", String(!folded));
  });
  // Whether anything is hidden shows only once it is laid out, and changes with the width.
  new ResizeObserver(() => {
    if (body.classList.contains("folded")) more.hidden = body.scrollHeight <= body.clientHeight + 1;
  }).observe(body);
  return make("span", { class: "expandable" }, body, more);
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function fileCard(file) {
  const address = `/console/file/${file.id}`;
  if (file.kind === "photo") {
    const picture = make("img", { class: "photo", src: address, alt: `${word("photo")} ${file.name}`, width: file.width, height: file.height, loading: "lazy" });
    return make("a", { href: address, target: "_blank", rel: "noopener" }, picture);
  }
  const name = file.kind === "voice" ? word("voice", file.duration) : file.name;
  const kind = (file.name.split(".").pop() || "").slice(0, 4).toUpperCase();
  return make("a", { class: "file", href: address, download: file.name, "aria-label": `${word("download")} ${name}, ${size(file.size)}` },
    make("span", { class: "file-kind", "aria-hidden": "true", text: kind }),
    make("span", { class: "file-text" }, make("strong", { text: name }), make("small", { text: size(file.size) })));
}

function quoted(reply, hands) {
  const text = reply.text || reply.file || (reply.service ? service(reply.service, reply.from) : "…");
  return make("button", { class: "quoted", type: "button", onclick: () => hands.jump(reply.id) },
    make("strong", { text: reply.from }), make("span", { text }));
}

function keys(message, hands) {
  if (!message.buttons.length) return null;
  const rows = message.buttons.map((row) => make("div", { class: "key-row" }, ...row.map((button) => key(message, button, hands))));
  return make("div", { class: "key-rows" }, ...rows);
}

function key(message, button, hands) {
  const kind = `key ${button.style || ""}`;
  if (button.url) {
    const node = link(button.url, [button.text], hands);
    node.className = kind;
    return node;
  }
  const node = make("button", { class: kind, type: "button", text: button.text });
  if (button.copy_text) {
    node.classList.add("copies");
    node.addEventListener("click", () => hands.copy(button.copy_text.text));
  } else if (button.callback_data) node.addEventListener("click", () => hands.press(message, button, node));
  else node.disabled = true;
  return node;
}

function actions(message, own, hands) {
  const act = (name, run) => make("button", { type: "button", text: word(name), onclick: run });
  return make("div", { class: "acts" },
    act("reply", () => hands.reply(message)),
    own && !message.file && !message.forward ? act("edit", () => hands.edit(message)) : null,
    hands.forwards() && !message.protected ? act("forward", () => hands.forward(message)) : null);
}

export function bubble(message, { user, group, hands }) {
  if (message.service) {
    return make("p", { class: "service", "data-id": message.id, text: service(message.service.kind, message.service.value) });
  }
  const own = message.sender === user;
  const marks = [message.edited ? word("edited") : "", hour(message.date)].filter(Boolean).join(" ");
  const meta = make("span", { class: "meta" },
    message.silent ? make("span", { role: "img", "aria-label": word("silent"), title: word("silent"), text: "🔕" }) : null,
    make("time", { datetime: message.date, text: marks }));
  const body = make("div", { class: "bubble" },
    group && !own ? make("strong", { class: "from", text: message.from }) : null,
    message.topic ? make("span", { class: "topic", text: `# ${message.topic}` }) : null,
    message.forward ? make("span", { class: "origin", text: word("forwarded", message.forward) }) : null,
    message.reply ? quoted(message.reply, hands) : null,
    message.file ? fileCard(message.file) : null,
    message.text ? make("div", { class: "text" }, ...rich(message.text, message.entities, hands)) : null,
    meta);
  // Where there is no pointer to hover with, a tap on the bubble shows what can be done with the message.
  body.addEventListener("click", ({ target }) => {
    if (!target.closest("a, button")) body.closest(".message").classList.toggle("picked");
  });
  return make("article", { class: `message ${own ? "out" : "in"}`, "data-id": message.id, "aria-label": word("sent_by", own ? word("you") : message.from) },
    make("div", { class: "stack" }, body, keys(message, hands),
      message.reactions.length ? make("span", { class: "reactions", text: message.reactions.join(" ") }) : null),
    actions(message, own, hands));
}
