// Saves each answer as it is given. Without this script the page saves at Continue.
//
// What is not saved yet waits in `pending` and in localStorage, each with the counter
// that the person saw (n): an answer that somebody else gave meanwhile is never
// overwritten, even when this one was kept in the browser for days.
const form = document.querySelector("[data-autosave]:not([data-closed])");
const words = form?.dataset ?? {};
const status = document.querySelector(".save-state");
const storeKey = `tsunagi-${words.key}`;
const pending = new Map(); // question key → answer to be sent
const parked = new Map(); // question key → answer that waits for the person: conflict, wrong, closed
let busy = false;
let leaving = false;
let pause = 1000;

function show(text, kind) {
  if (!status) return;
  status.textContent = text;
  status.dataset.kind = kind;
}

function store() {
  try {
    const all = [...parked, ...pending];
    if (all.length) localStorage.setItem(storeKey, JSON.stringify(all));
    else localStorage.removeItem(storeKey);
  } catch {
    /* no storage: the page itself still holds it, and asks before it is left */
  }
}

const questionOf = (key) =>
  form.querySelector(`[data-question="${CSS.escape(key)}"]`);
const counterOf = (question) =>
  question.querySelector(`input[name="q.${question.dataset.question}.n"]`);
const common = (value) => value === "unknown" || value === "na";
const fieldsOf = (question) =>
  question.querySelectorAll("input:not([type=hidden]), textarea");

// read and fill know the fields of every kind of question.
function read(question) {
  const name = `q.${question.dataset.question}`;
  const body = {
    value: "",
    values: [],
    note: "",
    n: Number(counterOf(question).value),
  };
  for (const f of fieldsOf(question)) {
    if (f.name === `${name}.note`) body.note = f.value.trim();
    else if (f.type === "radio") {
      if (f.checked) body.value = f.value;
    } else if (f.type === "checkbox") {
      if (f.checked && common(f.value)) body.value = f.value;
      else if (f.checked) body.values.push(f.value);
    } else if (!body.value) body.value = f.value.trim();
  }
  if (common(body.value)) body.values = [];
  return body;
}

function fill(question, body) {
  const name = `q.${question.dataset.question}`;
  for (const f of fieldsOf(question)) {
    if (f.name === `${name}.note`) f.value = body.note ?? "";
    else if (f.type === "radio") f.checked = f.value === body.value;
    else if (f.type === "checkbox")
      f.checked =
        f.value === body.value || (body.values ?? []).includes(f.value);
    else f.value = common(body.value) ? "" : (body.value ?? "");
  }
  reveal(question);
}

// inWords is what the person has answered, for showing it beside another answer.
function inWords(question) {
  const chosen = [...question.querySelectorAll("input:checked")].map((f) =>
    f.nextElementSibling?.textContent.trim(),
  );
  const { value, note } = read(question);
  return [chosen.join(", ") || value || words.none, note]
    .filter(Boolean)
    .join(" / ");
}

function reveal(question) {
  const chosen = question.querySelector("input:checked")?.value;
  const unknown = question.querySelector("[data-unknown]");
  if (unknown) unknown.hidden = chosen !== "unknown";
  const note = question.querySelector(".note");
  if (note)
    note.hidden =
      !["partly", "na"].includes(chosen) &&
      !note.querySelector("textarea").value;
}

function changed(question) {
  const key = question.dataset.question;
  parked.delete(key);
  pending.set(key, read(question));
  store();
  reveal(question);
  void flush();
}

async function send(key, body) {
  try {
    const answer = await fetch(words.autosave + encodeURIComponent(key), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
      },
      body: JSON.stringify(body),
    });
    return { code: answer.status, result: await answer.json() };
  } catch {
    return { code: 0, result: {} };
  }
}

async function flush() {
  if (busy) return;
  busy = true;
  while (pending.size) {
    const [key, body] = pending.entries().next().value;
    show(words.saving, "saving");
    const { code, result } = await send(key, body);
    if (code === 0 || code === 429 || code >= 500) {
      show(words.offline, "offline");
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, 30000);
      continue;
    }
    pause = 1000;
    if (code === 401) {
      // goes on when the link was opened again, in this or another tab
      show(result.message ?? words.session, "offline");
      break;
    }
    settle(key, body, code, result);
    store();
  }
  busy = false;
}

function settle(key, body, code, result) {
  const question = questionOf(key);
  const newer = pending.get(key) !== body; // changed again while it was sent
  if (!newer) pending.delete(key);
  if (code === 200) {
    if (newer) pending.get(key).n = result.n;
    if (question) {
      counterOf(question).value = result.n;
      mark(question, "");
      question.querySelector(".conflict")?.remove();
    }
    show(`${words.saved} ${result.at}`, "saved");
    void conditions();
    return;
  }
  if (!newer) parked.set(key, body);
  if (code === 409 && question) conflict(question, result);
  else if (code === 410) show(words.ended, "offline");
  else {
    show(words.unsaved, "offline");
    if (question) mark(question, result.message);
  }
}

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
      counterOf(question).value = other.n;
      act();
    });
    return b;
  };
  box.append(
    paragraph("", other.message),
    paragraph(words.yours, inWords(question)),
    paragraph(words.theirs, other.text),
    button(words.keep, () => changed(question)),
    button(words.take, () => {
      parked.delete(question.dataset.question);
      store();
      fill(question, other.saved);
      void conditions();
      show("", "");
    }),
  );
  question.prepend(box);
  show(words.unsaved, "offline");
}

// What an earlier visit could not save goes back onto the page and is sent again,
// with the counter of that visit.
function recover() {
  let kept = [];
  try {
    kept = JSON.parse(localStorage.getItem(storeKey) ?? "[]");
  } catch {
    /* nothing was kept */
  }
  for (const [key, body] of kept) {
    const question = questionOf(key);
    if (question) fill(question, body);
    pending.set(key, body);
  }
  if (pending.size)
    void flush().then(() => {
      if (!pending.size && !parked.size) show(words.recovered, "saved");
    });
}

if (form) {
  let timer;
  for (const question of form.querySelectorAll(".question")) reveal(question);
  form.addEventListener("change", (event) => {
    const question = event.target.closest(".question");
    if (!question) return;
    clearTimeout(timer);
    // わからない beside a choice clears the choice, and the other way round.
    if (event.target.type === "checkbox" && event.target.checked) {
      for (const box of question.querySelectorAll("input[type=checkbox]")) {
        if (
          box !== event.target &&
          (common(event.target.value) || common(box.value))
        )
          box.checked = false;
      }
    }
    changed(question);
  });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("textarea, input[type=text]")) return;
    clearTimeout(timer);
    const question = event.target.closest(".question");
    timer = setTimeout(() => changed(question), 1200);
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  for (const name of ["online", "focus"]) {
    window.addEventListener(name, () => {
      pause = 1000;
      void flush();
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (pending.size && !leaving) event.preventDefault();
  });
  recover();
}
