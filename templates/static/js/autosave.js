// Saves each answer as it is given. Without this script the page saves at Continue.
//
// Every input is noted at once: in `pending` and in localStorage, with the counter that
// the person saw (n), so that an answer which somebody else gave meanwhile is never
// overwritten, even when this one was kept in the browser for days. It is sent at most
// every `beat`, and what is left when the page goes is sent while it goes. Each says
// which page it comes from and its how manieth word it is (page): when a reply was lost,
// the server knows one's own words again.
//
// On pages without questions (data-resend) only what an earlier page kept is sent.
import { numbered, post, queue, unsure } from "./queue.js";

const form = document.querySelector("[data-autosave]:not([data-closed])");
const words = document.querySelector("[data-words]")?.dataset ?? {};
const status = document.querySelector(".save-state");
const storeKey = `tsunagi-${form?.dataset.key}`;
const pending = new Map(); // question key → answer to be sent
const parked = new Map(); // question key → answer that waits for the person: conflict, wrong, closed
const touched = new Set(); // question keys whose place in the storage is this page's
const word = numbered(); // of this page: one that is sent and shown again has its number
let kept = true; // the storage takes what is noted
let waiting = null; // the button that was pressed and goes on when all is sent
let going = false; // now it goes
let sending; // the queue, where there is a form

function show(text, kind) {
  if (!status || (status.textContent === text && status.dataset.kind === kind))
    return;
  status.textContent = text;
  status.dataset.kind = kind;
}

// report says how things stand; at is when the last answer was saved.
function report(at) {
  const { offline, stopped } = sending.state;
  if (stopped) show(kept ? words.session : words.unkept, "offline");
  else if (offline && !kept) show(words.unkept, "offline");
  else if (offline) show(waiting ? words.waiting : words.offline, "offline");
  else if (pending.size) show(words.saving, "saving");
  else if (parked.size) show(whyParked(), "offline");
  else if (at) show(`${words.saved} ${at}`, "saved");
}

function whyParked() {
  const here = [...parked.keys()].map(questionOf).filter(Boolean);
  if (!here.length) return words.elsewhere;
  return here.every(typing) ? words.typing : words.unsaved;
}

function stored() {
  try {
    return new Map(JSON.parse(localStorage.getItem(storeKey) ?? "[]"));
  } catch {
    return new Map(); // nothing was kept, or the storage is forbidden
  }
}

// store keeps what is not saved yet. Another tab may keep other questions beside it.
function store() {
  const all = stored();
  for (const key of touched) all.delete(key);
  for (const [key, body] of [...parked, ...pending]) all.set(key, body);
  try {
    if (all.size) localStorage.setItem(storeKey, JSON.stringify([...all]));
    else localStorage.removeItem(storeKey);
    kept = true;
  } catch {
    kept = all.size === 0; // the page alone holds it, says so, and asks before it is left
  }
}

const questionOf = (key) =>
  form.querySelector(`[data-question="${CSS.escape(key)}"]`);
const counterOf = (question) =>
  question.querySelector(`input[name="q.${question.dataset.question}.n"]`);
const asideOf = (question) => question.querySelector(".aside");
const common = (value) => value === "unknown" || value === "na";
const fieldsOf = (question) =>
  question.querySelectorAll("input:not([type=hidden]), textarea");
const isNote = (field) => field.name.endsWith(".note");
const isWritten = (field) => field.matches("textarea, input[type=text]");

// parts know the fields of every kind of question: the note, what is ticked at
// わからない or 該当しない, and what is typed or chosen beside.
function parts(question) {
  const out = { note: "", tick: "", value: "", values: [] };
  for (const f of fieldsOf(question)) {
    if (isNote(f)) out.note = f.value.trim();
    else if (isWritten(f)) out.value = f.value.trim();
    else if (f.checked && common(f.value)) out.tick = f.value;
    else if (f.checked && f.type === "radio") out.value = f.value;
    else if (f.checked) out.values.push(f.value);
  }
  return out;
}

function read(question) {
  const { note, tick, value, values } = parts(question);
  const aside = asideOf(question).dataset;
  return {
    value: tick || value,
    values: tick ? [] : values,
    note,
    aside: {
      value: aside.value,
      values: aside.values.split(" ").filter(Boolean),
    },
  };
}

function fill(question, body) {
  for (const f of fieldsOf(question)) {
    if (isNote(f)) f.value = body.note ?? "";
    else if (isWritten(f))
      f.value = common(body.value) ? "" : (body.value ?? "");
    else
      f.checked =
        f.value === body.value || (body.values ?? []).includes(f.value);
  }
  if (body.aside) keepAside(question, body.aside);
  reveal(question);
}

const labelOf = (field) => field.nextElementSibling?.textContent.trim();

// inWords is what the person has answered, for showing it beside another answer.
function inWords(question) {
  const chosen = [...question.querySelectorAll("input:checked")].map(labelOf);
  const { value, note } = read(question);
  return [chosen.join(", ") || value || words.none, note]
    .filter(Boolean)
    .join(" / ");
}

function reveal(question) {
  const { tick, value, values, note } = parts(question);
  const chosen = tick || value;
  const clear = question.querySelector("[data-clear]");
  if (clear) clear.hidden = !chosen && !values.length && !note;
  const unknown = question.querySelector("[data-unknown]");
  if (unknown) unknown.hidden = chosen !== "unknown";
  const box = question.querySelector(".note");
  if (!box) return;
  box.hidden = !["partly", "na"].includes(chosen) && !note;
  const kind = chosen === "na" ? "na" : "free"; // the third says both, for pages without this
  for (const label of box.querySelectorAll("[data-note]"))
    label.hidden = label.dataset.note !== kind;
  const lacks = box.querySelector("[data-lacks]");
  const lacking = chosen === "na" && note === "";
  lacks.hidden = !lacking || answering(question, lacks);
  const field = box.querySelector("textarea");
  if (lacks.hidden) field.removeAttribute("aria-describedby");
  else field.setAttribute("aria-describedby", lacks.id);
}

// answering tells whether somebody is at a question that was not called incomplete yet: who
// has just ticked 該当しない is about to write why.
const answering = (question, lacks) =>
  lacks.hidden && question.contains(document.activeElement);

// keepAside shows what is no answer any more, with the way to bring it back.
function keepAside(question, { value, values }) {
  const box = asideOf(question);
  box.dataset.value = value ?? "";
  box.dataset.values = (values ?? []).join(" ");
  box.hidden = !value && !values?.length;
  const chosen = [...question.querySelectorAll("input[type=checkbox]")]
    .filter((f) => values?.includes(f.value))
    .map(labelOf);
  box.querySelector("[data-aside]").textContent = value || chosen.join(", ");
}

// setAside makes room for わからない or 該当しない: what was typed or chosen is kept.
function setAside(question) {
  const { value, values } = parts(question);
  const fields = [...fieldsOf(question)].filter((f) => !isNote(f));
  const typed = fields.some(isWritten);
  if (!(typed && value) && !values.length) return;
  keepAside(question, { value: typed ? value : "", values });
  for (const f of fields) {
    if (isWritten(f)) f.value = "";
    else if (!common(f.value)) f.checked = false;
  }
}

// bringBack changes what was set aside for what is there now.
function bringBack(question) {
  const { aside, note } = read(question);
  keepAside(question, { value: "", values: [] });
  setAside(question);
  fill(question, { value: aside.value, values: aside.values, note });
  changed(question);
}

function untick(question, except) {
  for (const f of fieldsOf(question))
    if (f !== except && f.type === "checkbox" && common(f.value))
      f.checked = false;
}

// note keeps what a question says now, to be sent. A question with a conflict waits
// until the person has chosen.
function note(question) {
  const key = question.dataset.question;
  if (parts(question).tick) setAside(question);
  const before = pending.get(key) ?? parked.get(key);
  const body = {
    ...read(question),
    n: before?.n ?? Number(counterOf(question).value),
    page: word(before?.page ?? form.elements.page.value),
  };
  const waits = question.querySelector(".conflict");
  (waits ? pending : parked).delete(key);
  (waits ? parked : pending).set(key, body);
  touched.add(key);
  store();
  reveal(question);
  if (waits)
    waits.querySelector("[data-yours]").lastChild.textContent =
      inWords(question);
  report();
}

function changed(question) {
  note(question);
  sending.cancel();
  void sending.flush();
}

const send = (key, body, keepalive) =>
  post(form.dataset.autosave + encodeURIComponent(key), {
    keepalive,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });

function settle(key, body, code, result) {
  const question = questionOf(key);
  const newer = pending.get(key) !== body; // changed again while it was sent
  if (!newer) pending.delete(key);
  touched.add(key);
  if (code === 200) {
    if (pending.has(key)) pending.get(key).n = result.n;
    if (question) {
      counterOf(question).value = result.n;
      mark(question, "");
      question.querySelector(".conflict")?.remove();
    }
    if (!pending.size) void conditions();
  } else if (!newer) {
    parked.set(key, body);
    if (code === 409 && question) conflict(question, result);
    else if (code === 410) show(words.ended, "offline");
    else if (question && !typing(question)) mark(question, result.message);
  }
  store();
  if (code !== 410) report(result.at);
  if ("resend" in form.dataset && !pending.size && !parked.size)
    window.location.reload(); // the numbers of the page count them now
}

// typing tells whether a field is still being filled in: 「2026/」 is no date yet, and
// nobody is told so before it is left.
const typing = (question) =>
  question.contains(document.activeElement) &&
  isWritten(document.activeElement);

// Questions that hang on another answer come and go as it changes. The server
// decides which: the section is read again.
async function conditions() {
  if (!form.querySelector("[data-conditional]")) return;
  try {
    const answer = await fetch(form.action);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(
      await answer.text(),
      "text/html",
    );
    for (const question of form.querySelectorAll(".question")) {
      const other = page.getElementById(question.id);
      if (other) question.hidden = other.hidden;
    }
  } catch {
    /* offline: they stay as they are */
  }
}

function mark(question, message) {
  question.querySelector(".save-error")?.remove();
  if (!message) return;
  const p = document.createElement("p");
  p.className = "error save-error";
  p.setAttribute("role", "alert");
  p.textContent = message;
  question.prepend(p);
}

// Two people on one sheet: both answers are shown, and the person chooses.
function conflict(question, other) {
  question.querySelector(".conflict")?.remove();
  const box = document.createElement("div");
  box.className = "conflict";
  box.setAttribute("role", "alert");
  const paragraph = (label, text) => {
    const p = document.createElement("p");
    if (label) {
      const strong = document.createElement("strong");
      strong.textContent = `${label}: `;
      p.append(strong);
    }
    p.append(text);
    return p;
  };
  const button = (text, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "button button-secondary";
    b.textContent = text;
    b.addEventListener("click", () => {
      box.remove();
      parked.delete(question.dataset.question);
      counterOf(question).value = other.n;
      act();
    });
    return b;
  };
  const yours = paragraph(words.yours, inWords(question));
  yours.dataset.yours = "";
  box.append(
    paragraph("", other.message),
    yours,
    paragraph(words.theirs, other.text),
    button(words.keep, () => changed(question)),
    button(words.take, () => {
      store();
      fill(question, other.saved);
      void conditions();
      show("", "");
    }),
  );
  question.prepend(box);
}

// What an earlier visit could not save goes back onto the page and is sent again,
// with the counter of that visit.
async function recover() {
  for (const [key, body] of stored()) {
    const question = questionOf(key);
    if (question) fill(question, body);
    pending.set(key, body);
  }
  if (!pending.size) return;
  report();
  if ((await drain()) && !parked.size) show(words.recovered, "saved");
}

// drain sends all that is pending; false when it cannot be sent now.
async function drain() {
  while (pending.size) {
    await sending.flush();
    if (sending.state.offline || sending.state.stopped) return false;
  }
  return true;
}

// proceed is what a pressed button does: when all is sent and the server answers, the
// form goes. Until then the page stays, says so, and tries again.
async function proceed() {
  const { state } = sending;
  while (waiting) {
    let answer;
    if (await drain()) answer = await fetch(form.action).catch(() => null);
    if (answer && !unsure(answer.status) && answer.status !== 401) break;
    state.stopped = answer?.status === 401 || state.stopped;
    state.offline = !state.stopped;
    report();
    await new Promise((resolve) =>
      setTimeout(resolve, Math.min(state.pause, 3000)),
    );
  }
  form.elements.page.value = word(form.elements.page.value);
  delete form.dataset.sent; // app.js takes a second press for impatience
  going = true;
  form.requestSubmit(waiting === form ? null : waiting);
}

function onChange(event) {
  const question = event.target.closest(".question");
  if (!question) return;
  const { type, value, checked } = event.target;
  if (checked && common(value)) {
    untick(question, event.target);
    setAside(question);
  } else if (checked && type === "checkbox") untick(question);
  // What was typed is noted; leaving the field sends it, and has it judged.
  const key = question.dataset.question;
  if (!isWritten(event.target) || pending.has(key) || parked.has(key))
    changed(question);
}

function onInput(event) {
  if (!isWritten(event.target)) return;
  const question = event.target.closest(".question");
  if (!isNote(event.target) && event.target.value.trim()) untick(question);
  note(question);
  if (!event.isComposing) sending.later();
}

// A question that was left says what it lacks.
function onLeave(event) {
  const question = event.target.closest(".question");
  if (question && !question.contains(event.relatedTarget))
    setTimeout(() => reveal(question));
}

function onSubmit(event) {
  if (going) return;
  event.preventDefault();
  if (waiting) return;
  waiting = event.submitter ?? form;
  void proceed();
}

// The receipt that this tab comes to is that of its own submission, see kept.js.
function submitting() {
  const submit = document.querySelector("form[data-submits]");
  if (!submit) return;
  const note = (value) => {
    try {
      sessionStorage.setItem("tsunagi-sent", value);
    } catch {
      // no storage: what is kept is shown with its button
    }
  };
  note("");
  submit.addEventListener("submit", () => note(form.dataset.key));
}

if (form) {
  sending = queue({ pending, send, settle, report });
  submitting();
  for (const question of form.querySelectorAll(".question")) {
    reveal(question);
    const back = asideOf(question).querySelector("[data-restore]");
    back.hidden = false;
    back.addEventListener("click", () => bringBack(question));
  }
  form.addEventListener("change", onChange);
  form.addEventListener("input", onInput);
  form.addEventListener("focusout", onLeave);
  form.addEventListener("compositionend", () => sending.later());
  form.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", () => {
    waiting = null;
    going = false;
  });
  window.addEventListener("beforeunload", (event) => {
    const { offline, stopped } = sending.state;
    if (pending.size && (!kept || offline || stopped) && !going)
      event.preventDefault();
  });
  void recover();
}
