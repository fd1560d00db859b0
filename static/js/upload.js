// How far an upload is; once all is sent, the server checks and stores.
document.body.addEventListener("htmx:xhr:progress", (event) => {
  const box = event.target.closest?.("[data-upload]")?.querySelector("[data-upload-progress]");
  if (!box || !event.detail.lengthComputable) return;
  box.hidden = false;
  const share = event.detail.loaded / event.detail.total;
  box.querySelector("progress").value = share;
  box.querySelector("[data-upload-words]").textContent = share < 1 ? `Sending, ${Math.floor(share * 100)} %` : "Checking and storing";
});
