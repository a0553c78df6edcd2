// What would be lost when a view is left: the reader is asked before, whichever way it is left.

let question = null;

/** From now on the reader is asked this before the view is left. */
export function hold(text) {
  question = text;
}

/** Nothing is lost any more. */
export function release() {
  question = null;
}

/** Whether the view may be left; asks the reader where something would be lost. */
export function mayLeave() {
  if (question !== null && !confirm(question)) return false;
  release();
  return true;
}

// Closing or loading the page again: the browser asks in its own words.
addEventListener("beforeunload", (event) => {
  if (question !== null) event.preventDefault();
});
