// A form that came back with faults is shown at the first of them, with the cursor in its field.
const fault = document.querySelector("main form :is([aria-invalid=true], .field-error, .notice.error)");
if (fault) {
  fault.focus({ preventScroll: true });
  fault.scrollIntoView({ block: "center" });
}
