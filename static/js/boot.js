// Runs before the page is drawn: what needs a script may show, and the server learns the reader's zone.
document.documentElement.classList.add("js");
if (!/(^|; )tz=/.test(document.cookie)) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  document.cookie = `tz=${zone}; path=/; max-age=34560000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
