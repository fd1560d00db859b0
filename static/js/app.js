// What every page has; each behaviour lives in a file of its own and is found by data attributes.
import "./dialogs.js";
import "./faults.js";
import "./keys.js";
import "./menus.js";
import "./palette.js";
import "./theme.js";
import "./times.js";
import "./toasts.js";
import "./copy.js";
import "./live.js";
