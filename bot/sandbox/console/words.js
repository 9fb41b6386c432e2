// The console's own words; what the bot says comes from the bot.
const WORDS = {
  zh: {
    code: "zh-CN", other: "EN", other_label: "Switch to English",
    title: "督办试用台", subtitle: "全部在本机，不连外网", skip: "跳到输入框", find: "找人：姓名、职务、单位", back: "返回名单",
    chats: "会话", messages: "消息", clock: "时钟", close: "关闭", cancel: "取消", ok: "知道了", attach: "发送文件",
    commands: "命令菜单", keys: "快捷键盘", draft: "输入消息", send: "发送", as_photo: "作为图片发送", nobody: "请从名单中选一个人",
    nobody_more: "以他的身份查看消息、点按钮、回复，也可以转动时钟看看接下来会发生什么。", nothing: "没有找到", others: "其他",
    not_started: "未启用", blocked: "已停用", gone: "已注销", bot: "机器人", members: (n) => `${n} 人`,
    block: "停用机器人", unblock: "重新启用", start: "启用", start_hint: "打开机器人。有邀请码的话填在这里：",
    code_label: "邀请码（可不填）", what: "这个机器人能做什么？", no_commands: "没有命令", earlier: "更早的消息",
    reply: "回复", edit: "修改", forward: "转给机器人", copy: "复制", copied: "已复制", replying: (name) => `回复 ${name}`,
    editing: "修改消息", file: "文件", edited: "已修改", silent: "静音发送", forwarded: (name) => `转发自 ${name}`,
    no_answer: "没有收到回应", failed: "没有成功：", offline: "与试用台的连接断开，正在重连……", download: "下载", expand: "展开", fold: "收起",
    spoiler: "隐藏内容，点按显示", you: "我", today_none: "这段时间里，机器人没有发出消息。", turning: "时钟正在走……",
    strip: (from, to) => `${from} 至 ${to}，机器人发出：`, letters: (n) => `${n} 条`, turn_to: "走到某一天", go: "走",
    clock_hint: "时钟只能往前走。每个工作日早上会停一下，让该发的提醒逐日发出。", group_letters: "群",
    next_work: "下一个工作日", work_days: (n) => `往后 ${n} 个工作日`, days: (n) => `往后 ${n} 天`, unread: (n) => `${n} 条未读`,
    no_clock: "这里的时钟不能转动。", photo: "图片", voice: (n) => `语音 ${n} 秒`, more: "操作", size: "大小", sent_by: (name) => `${name}的消息`,
    service: {
      new_chat_members: (v) => `${v} 进群`, left_chat_member: (v) => `${v} 离开`, migrate_to_chat_id: () => "本群已升级为超级群",
      migrate_from_chat_id: () => "本群由普通群升级而来", forum_topic_created: (v) => `新话题：${v}`,
    },
  },
  en: {
    code: "en", other: "中文", other_label: "切换到中文",
    title: "Duban sandbox", subtitle: "All on this machine", skip: "Skip to the message box", find: "Find by name, post, unit",
    back: "Back to the people", chats: "Chats", messages: "Messages", clock: "Clock", close: "Close", cancel: "Cancel", ok: "OK",
    attach: "Send a file", commands: "Commands", keys: "Keyboard", draft: "Message", send: "Send", as_photo: "Send as a photo",
    nobody: "Choose a person from the list", nobody_more: "Read, press and reply as that person, and turn the clock to see what happens next.",
    nothing: "Nobody found", others: "Others", not_started: "not started", blocked: "blocked", gone: "deleted", bot: "bot",
    members: (n) => `${n} members`, block: "Block the bot", unblock: "Unblock", start: "Start", start_hint: "Open the bot. If you have an invitation code:",
    code_label: "Invitation code (optional)", what: "What can this bot do?", no_commands: "No commands", earlier: "Earlier messages",
    reply: "Reply", edit: "Edit", forward: "Forward to the bot", copy: "Copy", copied: "Copied", replying: (name) => `Reply to ${name}`,
    editing: "Edit the message", file: "File", edited: "edited", silent: "Sent silently", forwarded: (name) => `Forwarded from ${name}`,
    no_answer: "No answer came", failed: "That failed: ", offline: "Connection to the sandbox lost, trying again…", download: "Download",
    expand: "More", fold: "Less", spoiler: "Hidden, press to show", you: "Me", today_none: "The bot wrote nothing in this time.",
    turning: "The clock is moving…", strip: (from, to) => `${from} to ${to}, the bot wrote:`, letters: (n) => `${n}`, turn_to: "Move to a day", go: "Go",
    clock_hint: "The clock only moves forward. It stops each working morning, so that reminders go out day by day.", group_letters: "group",
    next_work: "Next working day", work_days: (n) => `+${n} working days`, days: (n) => `+${n} days`, unread: (n) => `${n} unread`,
    no_clock: "This clock cannot be turned.", photo: "Photo", voice: (n) => `Voice, ${n} s`, more: "Actions", size: "Size", sent_by: (name) => `Message from ${name}`,
    service: {
      new_chat_members: (v) => `${v} joined`, left_chat_member: (v) => `${v} left`, migrate_to_chat_id: () => "This group became a supergroup",
      migrate_from_chat_id: () => "Upgraded from a group", forum_topic_created: (v) => `New topic: ${v}`,
    },
  },
};

let language = localStorage.getItem("duban.language") === "en" ? "en" : "zh";

export function word(key, ...facts) {
  const found = WORDS[language][key];
  return typeof found === "function" ? found(...facts) : found;
}

export function service(kind, value) {
  return (WORDS[language].service[kind] || (() => kind))(value);
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("duban.language", language);
}

// Dates come as the office's own wall time with its offset; they are shown as they stand, whatever the browser's zone.
function day(iso) {
  const [year, month, date] = iso.slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, date));
}

function formatted(iso, options) {
  return new Intl.DateTimeFormat(word("code"), { timeZone: "UTC", ...options }).format(day(iso));
}

export const fullDay = (iso) => formatted(iso, { year: "numeric", month: "long", day: "numeric" });
export const weekday = (iso) => formatted(iso, { weekday: "long" });
export const shortDay = (iso) => formatted(iso, { month: "short", day: "numeric" });
export const dayWithWeek = (iso) => formatted(iso, { month: "long", day: "numeric", weekday: "short" });
export const hour = (iso) => iso.slice(11, 16);

export function translate(root) {
  document.documentElement.lang = word("code");
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = word(node.dataset.label);
  }
  for (const node of root.querySelectorAll("[data-hint]:not([data-hint=''])")) node.placeholder = word(node.dataset.hint);
}
