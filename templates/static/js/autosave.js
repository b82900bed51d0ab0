// Saves each answer as it is given. Without this script the page saves at Continue.
const form = document.querySelector("[data-autosave]:not([data-closed])");
const words = form?.dataset ?? {};
const state = document.querySelector(".save-state");
const storeKey = form && `tsunagi-${words.key}`;
const waiting = new Map(); // question → {body}, not yet saved
let busy = false;
let pause = 1000;

function show(text, kind) {
  if (!state) return;
  state.textContent = text;
  state.dataset.kind = kind;
}

// What could not be saved stays in this browser until it is.
function keep() {
  try {
    if (waiting.size) localStorage.setItem(storeKey, JSON.stringify([...waiting]));
    else localStorage.removeItem(storeKey);
  } catch { /* private mode: the page itself still holds it */ }
}

function read(question) {
  const key = `q.${question.dataset.question}`;
  const fields = [...question.querySelectorAll("input, textarea")];
  const body = { value: "", values: [], note: "", n: 0 };
  for (const f of fields) {
    if (f.name === `${key}.n`) body.n = Number(f.value);
    else if (f.name === `${key}.note`) body.note = f.value.trim();
    else if (f.name === `${key}.common`) { if (f.checked) body.value = f.value; }
    else if (f.type === "radio") { if (f.checked) body.value = f.value; }
    else if (f.type === "checkbox") {
      if (!f.checked) continue;
      if (f.value === "unknown" || f.value === "na") body.value = f.value;
      else body.values.push(f.value);
    } else if (!body.value) body.value = f.value.trim();
  }
  if (body.value === "unknown" || body.value === "na") body.values = [];
  return body;
}

function change(question) {
  waiting.set(question.dataset.question, read(question));
  keep();
  reveal();
  void flush();
}

// Questions that hang on another answer come and go as it changes: the server
// decides, so the section is read again when such an answer was saved.
async function refresh() {
  if (!form.querySelector("[data-conditional]")) return;
  const answer = await fetch(window.location.pathname);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const question of form.querySelectorAll(".question")) {
    const other = page.getElementById(question.id);
    if (other) question.hidden = other.hidden;
  }
}

function reveal() {
  for (const question of form.querySelectorAll(".question")) {
    const chosen = question.querySelector("input:checked")?.value;
    const unknown = question.querySelector("[data-unknown]");
    if (unknown) unknown.hidden = chosen !== "unknown";
    const note = question.querySelector(".note");
    if (note) note.hidden = !["partly", "na"].includes(chosen) && !note.querySelector("textarea").value;
  }
}

async function flush() {
  if (busy) return;
  busy = true;
  while (waiting.size) {
    const [key, body] = waiting.entries().next().value;
    const question = form.querySelector(`[data-question="${key}"]`);
    show(words.saving, "saving");
    let answer, result;
    try {
      answer = await fetch(`/a/answers/${key}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ ...body, n: Number(question?.querySelector(`[name="q.${key}.n"]`)?.value ?? body.n) }),
      });
      result = await answer.json();
    } catch {
      answer = null;
    }
    if (!answer || answer.status >= 500) {
      show(words.offline, "offline");
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, 30000);
      continue;
    }
    pause = 1000;
    if (waiting.get(key) === body) waiting.delete(key);
    if (answer.ok) {
      if (question) {
        question.querySelector(`[name="q.${key}.n"]`).value = result.n;
        mark(question, "");
      }
      show(`${words.saved} ${result.at}`, "saved");
      await refresh();
    } else if (answer.status === 409 && question) {
      conflict(question, body, result);
    } else if (answer.status === 401) {
      waiting.set(key, body);
      show(words.session, "offline");
      keep();
      busy = false;
      return;
    } else {
      show(words.unsaved, "offline");
      if (question) mark(question, result.message);
    }
    keep();
  }
  busy = false;
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

// Two people on one sheet: both texts are shown, and the person chooses.
function conflict(question, mine, other) {
  question.querySelector(".conflict")?.remove();
  const box = document.createElement("div");
  box.className = "conflict";
  box.setAttribute("role", "alert");
  const line = (label, text) => {
    const p = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = `${label}: `;
    p.append(strong, text);
    return p;
  };
  const label = question.querySelector("input:checked")?.nextElementSibling?.textContent ?? mine.value;
  const counter = question.querySelector(`[name="q.${question.dataset.question}.n"]`);
  const button = (text, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "button button-secondary";
    b.textContent = text;
    b.addEventListener("click", () => { box.remove(); act(); });
    return b;
  };
  const title = document.createElement("p");
  title.textContent = other.message;
  box.append(title, line(words.yours, [label, mine.note].filter(Boolean).join(" – ")), line(words.theirs, [other.text, other.saved.note].filter(Boolean).join(" – ")),
    button(words.keep, () => { counter.value = other.n; change(question); }),
    button(words.take, () => window.location.reload()));
  question.prepend(box);
  show(words.unsaved, "offline");
}

if (form) {
  reveal();
  let timer;
  form.addEventListener("change", (event) => {
    const question = event.target.closest(".question");
    if (!question) return;
    // わからない beside a choice clears the choice, and the other way round.
    if (event.target.type === "checkbox" && event.target.checked) {
      const common = ["unknown", "na"].includes(event.target.value);
      for (const box of question.querySelectorAll("input[type=checkbox]")) {
        if (box !== event.target && (common || ["unknown", "na"].includes(box.value))) box.checked = false;
      }
    }
    change(question);
  });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("textarea, input[type=text]")) return;
    clearTimeout(timer);
    const question = event.target.closest(".question");
    timer = setTimeout(() => change(question), 1200);
  });
  window.addEventListener("online", () => { pause = 1000; void flush(); });
  window.addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
  try {
    const kept = JSON.parse(localStorage.getItem(storeKey) ?? "[]");
    for (const [key, body] of kept) waiting.set(key, body);
    if (waiting.size) void flush().then(() => window.location.reload());
  } catch { /* nothing was kept */ }
}
