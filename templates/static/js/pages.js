// Keys for who reads a long file: n and p go from page to page, z shows the page larger
// or as it was. Without a script the same pictures are links.
const sheets = [...document.querySelectorAll(".sheet")];

function here() {
  const at = sheets.findLastIndex((s) => s.getBoundingClientRect().top < 80);
  return Math.max(0, at);
}

function go(to) {
  const sheet = sheets[Math.max(0, Math.min(sheets.length - 1, to))];
  sheet.focus({ preventScroll: true });
  sheet.scrollIntoView({ block: "start" });
}

function zoom(sheet) {
  const link = sheet.querySelector("[data-large]");
  const picture = link.querySelector("img");
  picture.dataset.small ??= picture.src;
  const large = sheet.classList.toggle("sheet-large");
  picture.src = large ? link.href : picture.dataset.small;
}

const keys = {
  n: () => go(here() + 1),
  p: () => go(here() - 1),
  z: () => zoom(sheets[here()]),
};

if (sheets.length > 0) {
  document.querySelector("[data-page-keys]").hidden = false;
  for (const sheet of sheets) {
    sheet.querySelector("[data-large]").addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      zoom(sheet);
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
