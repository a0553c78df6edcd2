// What every error code means, in the reader's language.

import { h, heading, table } from "./dom.js";
import { allProblems, t } from "./words.js";

/** Lists the codes with their meaning and what to do. */
export function showErrors(root) {
  const columns = [{ name: t("code") }, { name: t("meaning"), class: "text" }, { name: t("advice"), class: "text" }];
  const rows = allProblems().map(([code, [meaning, advice]]) => [h("a", { href: `/docs/errors#${code}` }, h("code", {}, code)), meaning, advice]);
  root.append(heading(t("error_codes")), h("p", {}, t("errors_about")), table(t("error_codes"), columns, rows, t("none")));
}
