// Shows how far a file has been sent. Without this script the form is sent plainly.
const form = document.querySelector("[data-upload]");
form?.addEventListener("submit", (event) => {
  const file = form.querySelector("input[type=file]")?.files[0];
  if (!file || file.size < 300000) return; // sent in a moment
  event.preventDefault();
  const box = form.querySelector(".upload-state");
  const bar = box.querySelector("progress");
  const text = box.querySelector("span");
  box.hidden = false;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (e) => {
    bar.value = e.lengthComputable ? (e.loaded * 100) / e.total : 0;
    text.textContent = `${form.dataset.sending} ${Math.round(bar.value)}%`;
  });
  const plainly = () => form.submit(); // the server's own page says what is wrong
  request.addEventListener("error", plainly);
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseURL !== form.action) window.location.assign(request.responseURL);
    else plainly();
  });
  request.send(new FormData(form));
});
