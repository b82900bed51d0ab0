// Shows how far a file has been sent. Without this script the form is sent plainly.
const form = document.querySelector("[data-upload]");
const box = form?.querySelector(".upload-state");

function send() {
  const bar = box.querySelector("progress");
  const text = box.querySelector("span");
  const request = new XMLHttpRequest();
  box.hidden = false;
  text.className = "";
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json"); // or the page of the form
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
    answered(request, text);
  });
  request.send(new FormData(form));
}

// answered tells what became of it. What is neither our word nor our page comes from
// something in between, a proxy or a firewall: nothing was attached.
function answered(request, text) {
  const said = (words) => {
    text.textContent = words;
    text.className = "error";
  };
  try {
    const { to, message } = JSON.parse(request.responseText);
    if (to) window.location.assign(to);
    else if (message) said(message);
    if (to || message) return;
  } catch {
    // no word of ours
  }
  const page = new DOMParser().parseFromString(
    request.responseText,
    "text/html",
  );
  if (page.body.dataset.page) wrong(page, text);
  else if (request.status === 413) said(form.dataset.foreignLarge);
  else said(`${form.dataset.foreign} (${request.status})`);
}

// The server's page says what is wrong. It takes the place of this one's content,
// but the fields stay as they are, and so does the chosen file.
function wrong(page, text) {
  box.hidden = true;
  for (const old of document.querySelectorAll("main .summary, main .error"))
    if (old !== text) old.remove();
  const summary =
    page.querySelector("main .summary") ?? page.querySelector("main .lead");
  if (!summary) return;
  form.before(summary);
  document.dispatchEvent(new Event("summary"));
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
  if (!file) return;
  event.preventDefault();
  send();
});
