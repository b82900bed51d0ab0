// Shows how far a file has been sent. Without this script the form is sent plainly.
const form = document.querySelector("[data-upload]");
const box = form?.querySelector(".upload-state");

function send() {
  const bar = box.querySelector("progress");
  const text = box.querySelector("span");
  const request = new XMLHttpRequest();
  box.hidden = false;
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (event.loaded * 100) / event.total;
    text.textContent = `${form.dataset.sending} ${Math.round(bar.value)}%`;
  });
  request.addEventListener("error", () => {
    delete form.dataset.sent;
    text.textContent = form.dataset.lost;
    text.className = "error";
  });
  request.addEventListener("load", () => {
    delete form.dataset.sent;
    if (
      request.status < 400 &&
      request.responseURL.split("#")[0] !== form.action
    ) {
      window.location.assign(request.responseURL);
    } else {
      wrong(request.responseText, text);
    }
  });
  request.send(new FormData(form));
}

// The server's page says what is wrong. It takes the place of this one's content,
// but the fields stay as they are, and so does the chosen file.
function wrong(html, text) {
  const page = new DOMParser().parseFromString(html, "text/html");
  box.hidden = true;
  for (const old of document.querySelectorAll("main .summary, main .error"))
    if (old !== text) old.remove();
  const summary =
    page.querySelector("main .summary") ?? page.querySelector("main .lead");
  if (!summary) return;
  form.before(summary);
  document.title = page.title;
  for (const error of page.querySelectorAll("main .field-wrong .error")) {
    const field = document.getElementById(error.id.replace(/-error$/, ""));
    field?.closest(".field")?.classList.add("field-wrong");
    (field?.closest(".field-row, .choices") ?? field)?.before(error);
  }
  summary.tabIndex = -1;
  summary.focus();
}

form?.addEventListener("submit", (event) => {
  const file = form.querySelector("input[type=file]")?.files[0];
  if (!file || file.size < 300000) return; // sent in a moment
  event.preventDefault();
  send();
});
