// Finds clients in the list of choices, and closes the list when somebody looks elsewhere.

document.addEventListener("input", (event) => {
  const finds = event.target.dataset?.finds;
  if (!finds) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const one of document.querySelectorAll(finds)) {
    one.hidden = !one.textContent.toLowerCase().includes(wanted);
  }
});
document.addEventListener("click", (event) => {
  for (const list of document.querySelectorAll("details.pick[open]")) {
    if (!list.contains(event.target)) list.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const list = event.key === "Escape" && document.querySelector("details.pick[open]");
  if (list) {
    list.open = false;
    list.querySelector("summary").focus();
  }
});
