// The filter shows at once, and the link that is shown once can be copied.

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  } catch {
    field.focus();
  }
});
for (const filter of document.querySelectorAll("form.filter")) filter.classList.add("quick");

// j and k go from card to card; after a decision the focus is where it was, on the card that has moved up.
const cards = () => [...document.querySelectorAll("article.waits h2 a")];
const place = (one) => cards().indexOf(one?.closest?.("article.waits")?.querySelector("h2 a"));
const LEFT = "approvals-left";

document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
  if (event.target.closest("input, textarea, select")) return;
  cards()[Math.max(0, place(document.activeElement) + step)]?.focus();
});
document.addEventListener("submit", (event) => {
  if (event.target.closest("article.waits")) sessionStorage.setItem(LEFT, place(event.target));
});
const left = sessionStorage.getItem(LEFT);
sessionStorage.removeItem(LEFT);
if (left !== null) (cards()[left] || cards().at(-1))?.focus();
