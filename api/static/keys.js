// What a keyboard does beyond Tab: the pages work without this file, and without scripts.
"use strict";

const find = (what) => document.querySelector(what);
const boxes = () => [...document.querySelectorAll('#queue input[name="id"]')];

function prepare() {
  const page = find("#page");
  if (page) {
    page.hidden = false;
    page.nextElementSibling.hidden = false;
  }
  const keys = find(".keys");
  if (keys) keys.hidden = false;
}

function step(by) {
  const rows = boxes();
  const here = rows.findIndex((box) => box.closest("tr").contains(document.activeElement));
  const next = rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + by))];
  if (next) {
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }
}

function press(event) {
  const typing = event.target.matches('input:not([type="checkbox"]):not([type="radio"]), select, textarea');
  if (typing && event.key === "Escape") event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = document.activeElement.closest && document.activeElement.closest("#queue tr");
  const does = {
    j: () => step(1),
    k: () => step(-1),
    x: () => row && row.querySelector('input[name="id"]').click(),
    a: () => find("#approve") && find("#approve").click(),
    r: () => {
      const reason = find("#reason");
      if (reason && reason.value.trim()) find("#reject").click();
      else if (reason) reason.focus();
    },
    "/": () => find("#search") && find("#search").focus(),
    Enter: () => row && event.target.matches('input[type="checkbox"]') && row.querySelector("a").click(),
  }[event.key];
  if (does && !(event.key === "Enter" && !event.target.matches('input[type="checkbox"]'))) {
    event.preventDefault();
    does();
  }
}

document.addEventListener("keydown", press);
document.addEventListener("change", (event) => {
  if (event.target.id === "page") for (const box of boxes()) box.checked = event.target.checked;
});
// What was told is read out once: a page that looks again every two seconds takes the focus from nobody.
let heard = find("#told");
document.addEventListener("htmx:after:swap", () => {
  prepare();
  const told = find("#told");
  if (told && told !== heard && told.children.length) told.focus();
  heard = told;
});
prepare();
