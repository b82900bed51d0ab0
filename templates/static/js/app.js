// Small helps on every page; each page works without them.

function fieldOf(link) {
  return document.getElementById(decodeURIComponent(link.hash.slice(1)));
}

// "Fill this in" says little in a list: each entry begins with the name of its field,
// and they stand in the order of the page. A script that puts a summary there says so by
// the event.
function nameEntries() {
  const links = [...document.querySelectorAll(".summary a[href^='#']")];
  const placed = links.filter(fieldOf);
  placed.sort((a, b) =>
    fieldOf(a).compareDocumentPosition(fieldOf(b)) &
    Node.DOCUMENT_POSITION_PRECEDING
      ? 1
      : -1,
  );
  for (const link of placed)
    link.closest("ul").append(link.closest("li"));
  for (const link of links) {
    const field = fieldOf(link);
    const label =
      field?.closest("fieldset.field")?.querySelector("legend") ??
      field?.labels?.[0];
    const name =
      field?.type === "checkbox" && !field.closest("fieldset.field")
        ? ""
        : label?.firstChild?.textContent.trim();
    if (name && !link.textContent.includes(name))
      link.prepend(
        name + (document.documentElement.lang === "ja" ? "：" : ": "),
      );
  }
}
nameEntries();
document.addEventListener("summary", nameEntries);

// After a form came back with problems, the summary gets the focus.
document.querySelector("[data-focus]")?.focus();

// The menu is open on wide screens, where there is room for it.
const menu = document.querySelector(".menu");
const wide = window.matchMedia("(min-width: 60rem)");
function placeMenu() {
  if (menu) menu.open = wide.matches;
}
placeMenu();
wide.addEventListener("change", placeMenu);

// So is the help beside the questions; on a phone it stays folded, and the numbers of
// standards, which nobody needs for an answer, are folded everywhere.
for (const help of document.querySelectorAll(".helps details"))
  help.open = wide.matches;

// On a phone one action stands and the rest is folded, as are the conditions of a list.
const narrow = window.matchMedia("(max-width: 40rem)");
function fold() {
  for (const part of document.querySelectorAll("[data-narrow]"))
    part.open = !narrow.matches;
}
fold();
narrow.addEventListener("change", fold);

// A form that was sent is not sent twice by an impatient second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 3000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// A form that must not be lost to the browser's own page for being offline waits until
// the server is there, and says so.
async function reach(form, submitter) {
  const said = document.createElement("p");
  said.className = "error";
  said.setAttribute("role", "alert");
  const there = () =>
    fetch("/healthz", { cache: "no-store" }).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await there())) {
    said.textContent = form.dataset.wait;
    form.append(said);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  said.remove();
  form.dataset.reached = "1";
  delete form.dataset.sent;
  form.requestSubmit(submitter);
}
for (const form of document.querySelectorAll("form[data-wait]")) {
  let waits = false;
  form.addEventListener("submit", (event) => {
    if (form.dataset.reached) {
      delete form.dataset.reached;
      waits = false;
      return;
    }
    event.preventDefault();
    if (waits) return;
    waits = true;
    void reach(form, event.submitter);
  });
}

// A change of language loads the page again: what is typed on it goes with it, but for
// passwords and files, which the browser does not let a page fill in.
const carried = "tsunagi-typed";
const carry = () =>
  [...document.querySelectorAll("main form")]
    .filter((form) => !form.matches("[data-autosave], .filters"))
    .flatMap((form) => [...form.elements])
    .filter(
      (f) => f.name && !["hidden", "password", "file", "submit"].includes(f.type),
    );
for (const link of document.querySelectorAll(".language a")) {
  link.addEventListener("click", () => {
    const typed = carry().map((f) => [f.name, f.value, f.checked ?? false]);
    try {
      sessionStorage.setItem(
        carried,
        JSON.stringify({ path: link.pathname, typed }),
      );
    } catch {
      // no storage: the page is loaded as it was
    }
  });
}
function bring() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(carried) ?? "null");
    sessionStorage.removeItem(carried);
  } catch {
    return;
  }
  const fields = carry();
  if (kept?.path !== location.pathname || kept.typed.length !== fields.length)
    return;
  fields.forEach((f, i) => {
    const [name, value, checked] = kept.typed[i];
    if (f.name !== name) return;
    if (f.type === "checkbox" || f.type === "radio") f.checked = checked;
    else f.value = value;
  });
}
bring();

// The bar of a running job follows it and goes on when it is done.
const format = new Intl.NumberFormat("ja-JP");
async function follow(box) {
  let pause = 400;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.2, 3000);
    let job;
    try {
      const answer = await fetch(box.dataset.job, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) continue;
      job = await answer.json();
    } catch {
      continue; // offline for a moment
    }
    box.querySelector("progress").max = Math.max(job.total, 1);
    box.querySelector("progress").value = job.done;
    box.querySelector("[data-done]").textContent = format.format(job.done);
    box.querySelector("[data-total]").textContent = format.format(job.total);
    if (job.state === "done" || job.state === "failed") {
      window.location.assign(box.dataset.then || window.location.href);
      return;
    }
  }
}
for (const box of document.querySelectorAll("[data-job]")) follow(box);

// What autosave.js and words.js keep in the browser until it is saved goes after 30 days,
// at whatever page of ours is opened then: the next person at the computer could read it.
// Each entry says in the number of its word when it was written (page).
const keptFor = 30 * 24 * 3600 * 1000;

function writtenAt(body) {
  const at = Number(String(body?.page ?? "").split(".")[1]);
  return at || (body.noticed ??= Date.now());
}

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    const value = localStorage.getItem(key);
    if (!key.startsWith("tsunagi-") || !value.startsWith("[")) continue;
    const all = JSON.parse(value);
    const fresh = all.filter(
      ([, body]) => Date.now() - writtenAt(body) < keptFor,
    );
    if (fresh.length) localStorage.setItem(key, JSON.stringify(fresh));
    else localStorage.removeItem(key);
  }
}
try {
  forgetOld();
} catch {
  // no storage, or nothing of ours in it
}
