// The button follows what is ticked. Without this script another number is told before
// anything is sent.
const form = document.querySelector("[data-remind]");
const button = form?.querySelector("button[type=submit]");
const number = new Intl.NumberFormat("ja-JP");

function follow() {
  let meant = 0;
  for (const box of form.querySelectorAll("input[name=states]:checked")) {
    meant += Number(box.dataset.fresh);
    if (form.elements.again?.checked) meant += Number(box.dataset.recent);
  }
  form.elements.expected.value = meant;
  button.textContent =
    meant > 0
      ? form.dataset.remind.replace("#", number.format(meant))
      : form.dataset.nobody;
}

if (form) {
  form.addEventListener("change", follow);
  window.addEventListener("pageshow", follow);
}
