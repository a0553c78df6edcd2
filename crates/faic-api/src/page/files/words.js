// The language of the page: the reader's choice, else the browser's.

import { problems as enProblems } from "./problems.en.js";
import { problems as zhProblems } from "./problems.zh.js";
import { words as en } from "./words.en.js";
import { words as zh } from "./words.zh.js";

const LANGUAGES = { en, "zh-CN": zh };
const PROBLEMS = { en: enProblems, "zh-CN": zhProblems };
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

/** What the code of a problem means to who reads the page, and what to do; null for a code that the page does not know. */
export function problemWords(code) {
  return code && Object.hasOwn(PROBLEMS[current], code) ? PROBLEMS[current][code] : null;
}

/** Every code with its meaning and what to do. */
export function allProblems() {
  return Object.entries(PROBLEMS[current]);
}

/** A text of the page. */
export function t(key) {
  return LANGUAGES[current][key] ?? key;
}
