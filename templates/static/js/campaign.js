// While a campaign is being written, the number of suppliers that the conditions
// meet follows them. Without this script it is shown after saving.
const form = document.querySelector("[data-audience]");
const shown = form?.querySelector("[data-count]");
let latest = 0;
let timer;

async function count() {
  const turn = ++latest;
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (["who", "tags", "tiers", "not_asked"].includes(name))
      query.append(name, value);
  }
  if (query.get("who") === "picked") {
    shown.hidden = true; // they are picked on the next page
    return;
  }
  try {
    const answer = await fetch(form.dataset.audience + "?" + query, {
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) return;
    const { text } = await answer.json();
    if (turn !== latest) return;
    shown.textContent = text;
    shown.hidden = false;
  } catch {
    // offline for a moment: the number comes with the next change
  }
}

if (shown) {
  form.addEventListener("change", (event) => {
    if (event.target.closest("#audience")) {
      clearTimeout(timer);
      timer = setTimeout(count, 150);
    }
  });
  // Ticking a condition means choosing by conditions.
  form.querySelector("[data-some]").addEventListener("change", (event) => {
    if (event.target.checked) form.querySelector("#who-some").checked = true;
  });
}
