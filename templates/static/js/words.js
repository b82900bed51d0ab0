// Keeps what a reviewer writes as it is typed. Without this script each save keeps all
// that is on the page.
//
// Every input is noted at once, on the page and in the browser, and sent at most every
// `beat`, each subject by itself; what is left when the page goes is sent while it goes.
import { numbered, post, queue } from "./queue.js";

const form = document.querySelector("form[data-keep]");
const state = document.querySelector("[data-state]");
const storeKey = `tsunagi-review-${form?.dataset.keep}`;
const pending = new Map(); // subject → what is to be sent
const refused = new Map(); // subject → what waits for the person
const word = numbered(); // of this page
let kept = true; // the storage takes what is noted
let going = false; // with the form, which has it all
let sending; // the queue, where there is a form

const boxOf = (subject) =>
  form.querySelector(`[data-words="${CSS.escape(subject)}"]`);
const textOf = (box) => box.querySelector("textarea");
const flagOf = (box) => box.querySelector("input[type=checkbox]");
const counterOf = (box) => box.querySelector("input[type=hidden]");

function show(text, kind) {
  if (state.textContent === text) return;
  state.textContent = text;
  state.dataset.kind = kind;
}

function report(at) {
  const words = form.dataset;
  const { offline, stopped } = sending.state;
  if (stopped) show(kept ? words.session : words.unkept, "offline");
  else if (offline) show(kept ? words.offline : words.unkept, "offline");
  else if (pending.size) show(words.saving, "saving");
  else if (refused.size) show(words.unsaved, "offline");
  else if (at) show(`${words.saved} ${at}`, "saved");
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(storeKey) ?? "[]");
  } catch {
    return []; // nothing was kept, or the storage is forbidden
  }
}

function store() {
  const all = [...refused, ...pending];
  try {
    if (all.length) localStorage.setItem(storeKey, JSON.stringify(all));
    else localStorage.removeItem(storeKey);
    kept = true;
  } catch {
    kept = all.length === 0;
  }
}

function note(box, seen) {
  const subject = box.dataset.words;
  pending.set(subject, {
    text: textOf(box).value,
    flag: flagOf(box)?.checked ?? false,
    n: seen ?? refused.get(subject)?.n ?? Number(counterOf(box).value),
    page: word(form.elements.page.value),
  });
  refused.delete(subject);
  store();
  report();
}

function send(subject, words, keepalive) {
  const body = new URLSearchParams({ page: words.page });
  body.set(`n.${subject}`, words.n);
  body.set(textOf(boxOf(subject)).name, words.text);
  if (words.flag) body.set(`flag.${subject}`, "1");
  const headers = { Accept: "application/json" };
  return post(form.action, { keepalive, headers, body });
}

function settle(subject, words, code, result) {
  const box = boxOf(subject);
  const newer = pending.get(subject) !== words;
  if (!newer) pending.delete(subject);
  if (code === 200) {
    counterOf(box).value = result.n[subject] ?? 0;
    if (newer && pending.has(subject))
      pending.get(subject).n = Number(counterOf(box).value);
    mark(box, "");
  } else if (!newer) {
    refused.set(subject, words);
    mark(box, result.message, code === 409 ? result.n : undefined);
  }
  store();
  report(result.at);
}

// mark says at the field why it was not saved; where another window wrote something
// else, the person may put this in its place.
function mark(box, message, n) {
  box.querySelector(".save-error")?.remove();
  if (!message) return;
  const said = document.createElement("div");
  said.className = "error save-error";
  said.setAttribute("role", "alert");
  said.textContent = message;
  if (n !== undefined) {
    const over = document.createElement("button");
    over.type = "button";
    over.className = "button button-secondary";
    over.textContent = form.dataset.overwrite;
    over.addEventListener("click", () => {
      textOf(box).focus();
      note(box, n);
      void sending.flush();
    });
    said.append(over);
  }
  box.prepend(said);
}

// recover puts what an earlier visit could not save back onto the page.
function recover() {
  for (const [subject, words] of stored()) {
    const box = boxOf(subject);
    if (!box) continue;
    textOf(box).value = words.text;
    if (flagOf(box)) flagOf(box).checked = words.flag;
    box.closest("details").open = true;
    pending.set(subject, words);
  }
  if (pending.size) void sending.flush();
}

function onInput(event) {
  const box = event.target.closest("[data-words]");
  if (!box) return;
  if (event.target === flagOf(box) && !textOf(box).value) return; // nothing is said yet
  note(box);
  if (!event.isComposing) sending.later();
}

// What is not sent yet goes with the form: what is typed last is never overtaken. The
// browser has it until the next page has come.
function onSubmit() {
  sending.cancel();
  going = true;
  setTimeout(() => (going = false), 3000);
  const page = form.elements.page;
  page.value = word(page.value);
  for (const [subject, words] of [...refused, ...pending])
    counterOf(boxOf(subject)).value = words.n;
}

if (form) {
  sending = queue({ pending, send, settle, report, leaves: () => going });
  for (const button of form.querySelectorAll("[data-without]")) button.hidden = true;
  form.addEventListener("input", onInput);
  form.addEventListener("compositionend", () => sending.later());
  form.addEventListener("submit", onSubmit);
  window.addEventListener("beforeunload", (event) => {
    if (pending.size && !kept) event.preventDefault();
  });
  recover();
}
