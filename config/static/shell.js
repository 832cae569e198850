// Deadlines tick, forms sent by htmx carry the token, and the focus survives a refresh.

const words = document.documentElement.lang === "en"
  ? { left: "left", late: "overdue", units: [["second", "seconds"], ["minute", "minutes"], ["hour", "hours"], ["day", "days"]] }
  : { left: "noch", late: "überfällig seit", units: [["Sekunde", "Sekunden"], ["Minute", "Minuten"], ["Stunde", "Stunden"], ["Tag", "Tagen"]] };
const drift = Date.parse(document.body.dataset.now || "") - Date.now() || 0;

function span(seconds) {
  const steps = [[60, 1], [3600, 60], [172800, 3600], [Infinity, 86400]];
  const place = steps.findIndex(([limit]) => seconds < limit);
  const count = Math.floor(seconds / steps[place][1]);
  return `${count} ${words.units[place][count === 1 ? 0 : 1]}`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-tick]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now() - drift) / 1000;
    const text = span(Math.abs(seconds)).replace("Tagen", seconds > 0 ? "Tage" : "Tagen");
    const german = document.documentElement.lang !== "en";
    const shown = german
      ? `${seconds > 0 ? words.left : words.late} ${text}`
      : `${text} ${seconds > 0 ? words.left : words.late}`;
    time.classList.toggle("late", seconds <= 0);
    time.querySelector("span").textContent = shown;
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.body.dataset.token;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || document.getElementById("inbox")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const seek = [...document.querySelectorAll("#search-all, #seek")].find((one) => one.offsetParent);
  if (seek && localStorage.getItem("keys") !== "off") { event.preventDefault(); seek.focus(); }
});
setInterval(tick, 15000);
document.addEventListener("htmx:afterSettle", tick);
tick();

const more = document.querySelector("nav details.more");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !more?.open) return;
  more.open = false;
  more.querySelector("summary").focus();
});
document.addEventListener("click", (event) => { if (more?.open && !more.contains(event.target)) more.open = false; });
for (const tabs of document.querySelectorAll(".tabs")) {
  const here = tabs.querySelector("[aria-current]");
  if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
}
