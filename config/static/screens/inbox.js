// Keys, bulk choice, drafts and focus of the inbox; without it every form and link works by itself.

const body = document.body;
const pane = () => document.getElementById("conversation");
const links = () => [...document.querySelectorAll(".rows a")];
let kept = new Set();
let place = null;

function mark() {
  for (const link of links()) {
    if (new URL(link.href).pathname === location.pathname) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function move(step) {
  const all = links();
  if (!all.length) return;
  const here = all.findIndex((link) => link.getAttribute("aria-current") || link === document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, here + step))];
  next.focus();
  next.click();
}

function mode(name) {
  const composer = document.querySelector(".composer");
  if (!composer) return null;
  composer.dataset.mode = name;
  for (const button of composer.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
  return composer.querySelector(`.${name} textarea`);
}

function count() {
  const chosen = document.querySelectorAll('.rows input:checked').length;
  const told = document.getElementById("chosen");
  if (!told) return;
  told.dataset.none ??= told.textContent;
  told.textContent = chosen ? `${chosen} ${told.dataset.one}` : told.dataset.none;
  document.querySelector(".bulk").classList.toggle("on", chosen > 0);
}

function left() {
  const answer = document.getElementById("answer");
  if (!answer) return;
  document.getElementById("writing").value = answer.value.trim() ? "1" : "";
  if (answer.dataset.longest) {
    const rest = Number(answer.dataset.longest) - [...answer.value].length;
    const told = document.getElementById("left");
    told.textContent = answer.value ? String(rest) : "";
    told.classList.toggle("bad", rest < 0);
  }
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: () => mode("reply")?.focus(),
  n: () => mode("note")?.focus(),
  a: () => document.querySelector('[data-key="a"]')?.click(),
  e: () => document.querySelector('[data-key="e"]')?.click(),
  z: () => {
    const menu = document.querySelector('[data-menu="z"]');
    if (menu) { menu.open = true; menu.querySelector("form button")?.focus(); }
  },
  x: () => {
    const link = links().find((one) => one.getAttribute("aria-current") || one === document.activeElement);
    link?.closest("li").querySelector("input")?.click();
  },
  "/": () => {
    const filters = document.querySelector(".filters");
    if (filters) { filters.open = true; document.getElementById("f-q").focus(); }
  },
  "?": () => document.getElementById("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const buttons = typing.form?.querySelectorAll("button");
    buttons?.[buttons.length - 1].click();
    return;
  }
  if (typing && event.key === "Escape") typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem("keys") === "off" && event.key !== "?") return;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mode]");
  if (button?.tagName === "BUTTON") mode(button.dataset.mode)?.focus();
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("input", left);
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.id === "every") for (const box of document.querySelectorAll(".rows input")) box.checked = target.checked;
  if (target.id === "keys") localStorage.setItem("keys", target.checked ? "on" : "off");
  if (target.matches("#filters select")) {
    if (target.name === "client") document.getElementById("f-channel")?.remove();
    target.form.requestSubmit();
  }
  if (target.matches("[data-submit]")) target.form.requestSubmit();
  count();
});

// What was wrong is shown where it was typed.
body.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 409].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
});
// Who works through a playbook keeps it open from step to step.
let playbook = "";
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".playbook")) playbook = event.target.open ? event.target.closest(".talk").dataset.id : "";
}, true);
body.addEventListener("htmx:afterSwap", () => {
  const here = document.querySelector(".playbook");
  if (here && here.closest(".talk").dataset.id === playbook) here.open = true;
});
// A refresh of the list leaves what is chosen and being typed alone.
body.addEventListener("htmx:beforeRequest", (event) => {
  const element = event.detail.elt;
  const filters = document.getElementById("filters");
  if (element.id === "listing" && filters?.contains(document.activeElement)) event.preventDefault();
});
body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "desk") return;
  place = { list: document.getElementById("listing")?.scrollTop, views: document.querySelector(".views")?.scrollTop, open: document.querySelector(".filters")?.open };
  kept = new Set([...document.querySelectorAll(".rows input:checked")].map((box) => box.value));
});
body.addEventListener("htmx:afterSwap", () => {
  if (!place) return;
  const listing = document.getElementById("listing");
  if (listing && place.list) listing.scrollTop = place.list;
  if (place.views) document.querySelector(".views").scrollTop = place.views;
  if (place.open) document.querySelector(".filters").open = true;
  place = null;
});
body.addEventListener("htmx:afterSettle", (event) => {
  mark();
  if (event.detail.target?.id === "conversation") {
    mode(document.querySelector(".note [aria-invalid]") ? "note" : "reply");
    left();
    const sent = event.detail.requestConfig?.verb === "post";
    if (sent) htmx.trigger(body, "inbox-changed");
    if (sent || matchMedia("(max-width: 1100px)").matches) pane().querySelector(".name")?.focus();
    pane().scrollTop = 0;
    pane().querySelector(".thread > :last-child")?.scrollIntoView({ block: "nearest" });
  } else {
    for (const box of document.querySelectorAll(".rows input")) if (kept.has(box.value)) box.checked = true;
    count();
  }
});
addEventListener("popstate", () => setTimeout(mark));
// A begun answer is not lost by a wrong click.
const written = () => [...document.querySelectorAll(".composer textarea")].some((area) => area.value.trim() && area.value !== area.defaultValue);
let sending = false;
document.addEventListener("submit", () => { sending = true; });
body.addEventListener("htmx:afterRequest", () => { sending = false; });
addEventListener("beforeunload", (event) => {
  if (written() && !sending) event.preventDefault();
});
body.addEventListener("htmx:beforeRequest", (event) => {
  const leaves = event.detail.target?.id === "conversation" && event.detail.requestConfig.verb === "get";
  if (leaves && written() && !confirm(document.getElementById("inbox").dataset.leave)) event.preventDefault();
});

// Saved replies: "/" and a shortcut, or the button; arrows choose, Enter puts the text in, Escape closes.
const slash = /(^|\s)\/([a-z0-9-]*)$/i;
const offers = () => document.getElementById("offers");
const options = () => [...offers().querySelectorAll("[role=option]")];
let asked = 0;

function close() {
  const list = offers();
  if (!list) return;
  list.hidden = true;
  document.querySelector("[data-offer]").setAttribute("aria-expanded", "false");
  document.getElementById("answer").removeAttribute("aria-activedescendant");
  asked += 1;
}

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  option?.scrollIntoView({ block: "nearest" });
  if (option) document.getElementById("answer").setAttribute("aria-activedescendant", option.id);
}

async function offer(words) {
  const list = offers();
  const mine = (asked += 1);
  const answer = await fetch(`${list.dataset.from}?q=${encodeURIComponent(words)}`, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || mine !== asked || offers() !== list) return;
  list.innerHTML = await answer.text();
  if (mine !== asked) return;
  list.hidden = false;
  document.querySelector("[data-offer]").setAttribute("aria-expanded", "true");
  choose(options()[0]);
}

function put(option) {
  const area = document.getElementById("answer");
  const before = area.value.slice(0, area.selectionStart).match(slash);
  const from = before ? area.selectionStart - before[2].length - 1 : area.selectionStart;
  area.setRangeText(option.dataset.text, from, area.selectionEnd, "end");
  close();
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "answer" || !offers()) return;
  const found = event.target.value.slice(0, event.target.selectionStart).match(slash);
  if (found) offer(found[2]); else close();
});
document.addEventListener("keydown", (event) => {
  const list = offers();
  if (event.target.id !== "answer" || !list || list.hidden) return;
  const all = options();
  const here = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(all[(here + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === "Tab") && all[here]) put(all[here]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("click", (event) => {
  const option = event.target.closest("#offers [role=option]");
  if (option) return put(option);
  if (event.target.closest("[data-offer]")) {
    if (!offers().hidden) return close();
    document.getElementById("answer").focus();
    offer("");
  } else if (offers() && !offers().hidden && event.target.id !== "answer") close();
});

document.getElementById("inbox").classList.add("live");
document.getElementById("keys").checked = localStorage.getItem("keys") !== "off";
mode(document.querySelector(".note [aria-invalid]") ? "note" : "reply");
mark();
left();
