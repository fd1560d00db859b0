// Runs before the page is drawn: what needs a script may show, and the server learns the reader's zone.
document.documentElement.classList.add("js");
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  if (!document.cookie.split("; ").includes(`tz=${zone}`)) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `tz=${zone}; path=/; max-age=34560000; samesite=lax${secure}`;
  }
}
