// What autosave.js kept in this browser, and a sheet that has ended takes no more: the
// next person at the computer could read it. It is shown with a button that deletes it;
// after one's own submission it is deleted at once, and shown once.
const box = document.querySelector("[data-kept]");
const storeKey = `tsunagi-${box?.dataset.kept}`;
const sentKey = "tsunagi-sent"; // set by autosave.js when this tab submits

function stored() {
  try {
    return JSON.parse(localStorage.getItem(storeKey) ?? "[]");
  } catch {
    return []; // nothing was kept, or the storage is forbidden
  }
}

function clear() {
  try {
    localStorage.removeItem(storeKey);
    sessionStorage.removeItem(sentKey);
  } catch {
    // then nothing was kept either
  }
}

// submitted tells whether it was this tab that submitted the sheet.
function submitted() {
  try {
    return sessionStorage.getItem(sentKey) === box.dataset.kept;
  } catch {
    return false;
  }
}

function said(entry, body) {
  const word = (value) =>
    entry.querySelector(`option[value="${CSS.escape(value)}"]`)?.label ?? value;
  const chosen = [body.value, ...(body.values ?? [])].filter(Boolean).map(word);
  const aside = [body.aside?.value, ...(body.aside?.values ?? [])]
    .filter(Boolean)
    .map(word);
  return [chosen.join(", "), body.note, aside.join(", ")]
    .filter(Boolean)
    .join("\n");
}

// entryOf is where a question's answer is shown; a page that does not know the questions
// lists the answers alone.
function entryOf(key) {
  const list = box.querySelector("[data-plain]");
  if (!list) return box.querySelector(`[data-of="${CSS.escape(key)}"]`);
  const entry = document.createElement("li");
  entry.innerHTML = '<p class="pre" data-said></p>';
  list.append(entry);
  return entry;
}

function show() {
  for (const [key, body] of stored()) {
    const entry = entryOf(key);
    const text = entry && said(entry, body);
    if (!text) continue;
    entry.querySelector("[data-said]").textContent = text;
    entry.hidden = false;
    box.hidden = false;
  }
}

if (box) {
  show();
  const remove = box.querySelector("[data-delete]");
  if (submitted()) {
    clear();
    remove.hidden = true;
    box.querySelector("[data-own]").hidden = false;
    box.querySelector("[data-theirs]").hidden = true;
  }
  remove.addEventListener("click", () => {
    clear();
    box.hidden = true;
  });
}
