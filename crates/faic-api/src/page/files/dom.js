// Elements of the page, and how values are written. Text from elsewhere becomes text nodes only, never markup.

import { language, problemWords, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NANO = 1000000000n;
const ADDRESS = /^[td]?faic1/;

/** Sets attributes and listeners of an element and appends its children. */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes an HTML element. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A link inside the page, with a text or a short form of its last part. */
export function link(kind, id, text) {
  return h("a", { href: `#/${kind}/${id}`, title: id }, text ?? short(String(id)));
}

/**
 * The beginning and the end of a long id. An address shows more of itself, because others are made that have a few characters
 * at both ends in common with it.
 */
export function short(text) {
  const [first, last] = ADDRESS.test(text) ? [16, 10] : [10, 6];
  return text.length > first + last ? `${text.slice(0, first)}…${text.slice(-last)}` : text;
}

/** Nano, a decimal string, as FAIC: exact, without needless zeros. */
export function faic(nano) {
  const value = BigInt(nano);
  const whole = (value / NANO).toLocaleString("en-US");
  const rest = (value % NANO).toString().padStart(9, "0").replace(/0+$/, "");
  return `${whole}${rest ? "." + rest : ""} FAIC`;
}

/** Small money, as fees are: in nano. */
export function fee(nano) {
  return `${BigInt(nano).toLocaleString("en-US")} nano`;
}

/** FAIC as people write it, as nano; null when it is no amount. */
export function nano(text) {
  const match = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (!match) return null;
  return (BigInt(match[1]) * NANO + BigInt((match[2] ?? "").padEnd(9, "0"))).toString();
}

/** A number with separators. */
export function count(value) {
  return Number(value).toLocaleString(language());
}

/** A number with its unit, in the reader's language. */
export function unit(name, value) {
  return t("unit_" + name).replace("{}", value);
}

/** Milliseconds as a duration. */
export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return unit("ms", ms < 10 ? Number(ms).toFixed(1) : Math.round(ms));
  const seconds = ms / 1000;
  if (seconds < 120) return unit("s", seconds.toFixed(seconds < 10 ? 1 : 0));
  const minutes = seconds / 60;
  if (minutes < 120) return unit("min", Math.round(minutes));
  const hours = minutes / 60;
  return hours < 48 ? unit("h", Math.round(hours)) : unit("d", Math.round(hours / 24));
}

/** A moment, as the reader's clock shows it. */
export function moment(ms) {
  const date = new Date(ms);
  return h("time", { datetime: date.toISOString() }, date.toLocaleString(language()));
}

/** How long ago a moment was. */
export function ago(ms) {
  return t("ago").replace("{}", duration(Math.max(0, Date.now() - ms)));
}

/** A heading that takes the focus when a view is shown. */
export function heading(text) {
  return h("h1", { tabindex: "-1" }, text);
}

/** Names with values; rows without a value are left out. */
export function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined);
  return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/**
 * A table; in a narrow window every row is a card of named fields. Columns of class `text` have long texts, which are
 * wrapped; `brief` ones have a few characters, the others a short id or an amount.
 */
export function table(label, columns, rows, empty) {
  if (rows.length === 0) return h("p", { class: "empty" }, empty);
  // The roles are named because a table that is laid out as cards loses them.
  const row = (cells) => h("tr", { role: "row" }, cells);
  const title = ({ name, class: kind }) => h("th", { class: kind, scope: "col", role: "columnheader" }, name);
  const cell = (content, index) => h("td", { class: columns[index].class, role: "cell", "data-name": columns[index].name }, content);
  const head = h("thead", { role: "rowgroup" }, row(columns.map(title)));
  const body = h("tbody", { role: "rowgroup" }, rows.map((cells) => row(cells.map(cell))));
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, h("table", { role: "table" }, head, body));
}

/** Text that is copied by a button beside it. */
export function copyable(text) {
  const button = h("button", { type: "button", class: "small", "aria-label": t("copy") + " " + text }, t("copy"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = t("copied");
    } catch {
      // Without the clipboard the text is selected, to be copied by hand.
      getSelection().selectAllChildren(button.previousSibling);
    }
  });
  return h("span", { class: "copyable" }, h("code", {}, text), button);
}

/** The QR code of a text. */
export function qr(text) {
  return h("img", { class: "qr", src: "/page/qr?text=" + encodeURIComponent(text), alt: t("qr_of").replace("{}", text), width: 180, height: 180 });
}

/** What went wrong and what to do about it; the code and what the node said of this case are folded, for programmers. */
export function problem(error) {
  const known = problemWords(error.code);
  const [title, advice] = known ?? [error.title ?? t("failed"), error.message];
  const said = known ? h("p", { lang: "en" }, error.message) : null;
  const more = h("a", { href: `/docs/errors#${error.code}` }, t("api_documentation"));
  const details = error.code ? h("details", {}, h("summary", {}, t("details"), " ", h("code", {}, error.code)), said, more) : null;
  return h("div", { class: "problem", role: "alert" }, h("strong", {}, title), h("p", {}, advice), details);
}

/** A labelled field of a form. */
export function field(label, name, attributes, hint) {
  const id = `field-${name}`;
  const tag = attributes.rows ? "textarea" : "input";
  const note = hint ? h("small", { id: `${id}-hint` }, hint) : null;
  const input = h(tag, { id, name, required: true, autocomplete: "off", "aria-describedby": hint ? `${id}-hint` : null, ...attributes });
  return h("div", { class: "field" }, h("label", { for: id }, label), input, note);
}
