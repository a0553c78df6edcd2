// The language of the page: the reader's choice, else the browser's.

import { problems as zhProblems } from "./problems.zh.js";
import { words as en } from "./words.en.js";
import { words as zh } from "./words.zh.js";

const LANGUAGES = { en, "zh-CN": zh };
const PROBLEMS = { "zh-CN": zhProblems };
const KEY = "faic.language";

let current = localStorage.getItem(KEY) ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en");
if (!(current in LANGUAGES)) current = "en";

/** The tag of the language. */
export function language() {
  return current;
}

/** The other language. */
export function otherLanguage() {
  return current === "en" ? "zh-CN" : "en";
}

/** Takes another language, also for the next visit. */
export function setLanguage(tag) {
  current = tag;
  localStorage.setItem(KEY, tag);
}

/** What the code of a problem means and what to do, in a language other than the node's English; null where that is not known. */
export function problemWords(code) {
  const known = PROBLEMS[current] ?? {};
  return code && Object.hasOwn(known, code) ? known[code] : null;
}

/** A text of the page. */
export function t(key) {
  return LANGUAGES[current][key] ?? key;
}
