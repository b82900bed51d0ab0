// Keys for who reviews many sheets: j and k go from question to question, c writes
// a comment. They can be switched off, for those to whom single letters happen by
// dictation or a slip (WCAG 2.1.4); the choice stays in this browser.
const questions = [...document.querySelectorAll(".judged")];
const box = document.querySelector("[data-keys]");
const wanted = box?.querySelector("input");
const kept = "tsunagi-review-keys";

function stored() {
  try {
    return localStorage.getItem(kept);
  } catch {
    return null; // storage is forbidden here: the keys work, the choice is not kept
  }
}

function here() {
  const inside = document.activeElement?.closest(".judged");
  if (inside) return questions.indexOf(inside);
  return questions.findLastIndex((q) => q.getBoundingClientRect().top < 8);
}

function go(to) {
  const question = questions[Math.max(0, Math.min(questions.length - 1, to))];
  question.tabIndex = -1;
  question.focus({ preventScroll: true });
  question.scrollIntoView({ block: "start" });
}

function comment() {
  const fold = questions[Math.max(0, here())].querySelector("details");
  if (!fold) return;
  fold.open = true;
  fold.querySelector("textarea").focus();
}

const keys = { j: () => go(here() + 1), k: () => go(here() - 1), c: comment };

if (box && questions.length > 0) {
  box.hidden = false;
  wanted.checked = stored() !== "off";
  wanted.addEventListener("change", () => {
    try {
      localStorage.setItem(kept, wanted.checked ? "on" : "off");
    } catch {
      // see stored
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest(
      "input, textarea, select, [contenteditable]",
    );
    if (
      !wanted.checked ||
      typing ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.isComposing
    )
      return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

// Whoever has pressed a button on the page finds the next one where they were: at the
// same place, with the focus on the same button, or else at its question.
const placeKey = "tsunagi-review-place";
const judging = document.querySelector("#judging");

judging?.addEventListener("submit", (event) => {
  const at = event.submitter ?? document.activeElement;
  const place = {
    path: window.location.pathname.split("/").slice(0, 3).join("/"),
    button: at?.getAttribute("formaction"),
    value: at?.value,
    near: at?.closest("[id]:not(button, form)")?.id,
    y: window.scrollY,
  };
  try {
    sessionStorage.setItem(placeKey, JSON.stringify(place));
  } catch {
    // no storage: the page begins at its top
  }
});

function samePlace() {
  let place;
  try {
    place = JSON.parse(sessionStorage.getItem(placeKey) ?? "null");
    sessionStorage.removeItem(placeKey);
  } catch {
    return;
  }
  if (place?.path !== window.location.pathname) return;
  const button = [...judging.querySelectorAll("button")].find(
    (b) =>
      place.button &&
      b.getAttribute("formaction") === place.button &&
      b.value === place.value,
  );
  const near = document.getElementById(place.near ?? "");
  const at = button ?? near ?? document.querySelector(".notice, h1");
  if (at !== button) at.tabIndex = -1;
  window.scrollTo(0, place.y);
  at.focus({ preventScroll: button !== undefined || at === near });
}
// The browser goes to the address's anchor when all is loaded, and takes the focus away.
if (judging && !document.querySelector("[data-focus]"))
  window.addEventListener("load", () => setTimeout(samePlace));
