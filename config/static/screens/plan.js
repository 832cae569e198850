// Cards are dragged to another day; the filters show at once. Without this the form "Move..." and "Show" do the same.

const form = document.getElementById("moving");
let card = null;

function target(event) {
  const found = event.target.closest("[data-drop]");
  const of = found && (found.dataset.of || found.closest("[data-of]")?.dataset.of);
  return found && card && (!of || of === card.dataset.client) ? found : null;
}

function unmark() {
  for (const marked of document.querySelectorAll(".target")) marked.classList.remove("target");
}

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.(".post.moves");
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.move);
  card.classList.add("carried");
});
document.addEventListener("dragover", (event) => {
  const over = target(event);
  unmark();
  if (!over) return;
  event.preventDefault();
  over.classList.add("target");
});
document.addEventListener("dragend", () => {
  card?.classList.remove("carried");
  card = null;
  unmark();
});
document.addEventListener("drop", (event) => {
  const onto = target(event);
  if (!onto) return;
  event.preventDefault();
  const time = onto.dataset.at || card.dataset.time;
  if (onto.dataset.drop === card.dataset.day && time === card.dataset.time) return;
  form.action = card.dataset.move;
  form.elements.version.value = card.dataset.version;
  form.elements.day.value = onto.dataset.drop;
  form.elements.time.value = time;
  form.requestSubmit();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
for (const filter of document.querySelectorAll("form.filter")) filter.classList.add("quick");
