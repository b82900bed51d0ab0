// Small helps on every page; each page works without them.

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

// The bar of a running job follows it and goes on when it is done.
const format = new Intl.NumberFormat("ja-JP");
async function follow(box) {
  let pause = 400;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.2, 3000);
    let job;
    try {
      const answer = await fetch(box.dataset.job, { headers: { Accept: "application/json" } });
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
