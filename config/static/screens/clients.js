// The hours editor gives a further row when asked for one, the mix adds up while it is typed, secrets copy at a click.

function again(pair) {
  const copy = pair.cloneNode(true);
  copy.classList.remove("wrong");
  for (const fault of copy.querySelectorAll(".fault")) fault.remove();
  for (const input of copy.querySelectorAll("input")) input.value = "";
  return copy;
}

function prepare(week) {
  week.classList.add("ready");
  for (const day of week.querySelectorAll(".day")) {
    const pairs = day.querySelector(".pairs"), button = day.querySelector(".add");
    if (!button) continue;
    const word = document.createElement("span");
    word.className = "closed-word";
    word.textContent = week.dataset.closed;
    const look = () => { word.hidden = pairs.querySelectorAll(".pair:not(.spare)").length > 0; };
    pairs.prepend(word);
    look();
    button.hidden = false;
    button.addEventListener("click", () => {
      const fresh = again(pairs.querySelector(".spare"));
      fresh.classList.remove("spare");
      button.before(fresh);
      look();
      fresh.querySelector("input").focus();
    });
  }
}

for (const week of document.querySelectorAll(".week:not([disabled])")) prepare(week);

for (const button of document.querySelectorAll(".exceptions .more")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const fresh = again(button.parentElement.querySelector(".pair:last-of-type"));
    button.before(fresh);
    fresh.querySelector("input").focus();
  });
}

for (const form of document.querySelectorAll("form.mix")) {
  const sum = form.querySelector(".sum");
  const add = () => {
    const typed = [...form.querySelectorAll('input[name^="share-"]')].map((input) => Number(input.value) || 0);
    const whole = typed.reduce((one, other) => one + other, 0);
    sum.textContent = whole ? `${sum.dataset.words} ${whole} %` : "";
  };
  form.addEventListener("input", add);
  add();
}

for (const code of document.querySelectorAll("code[data-copy]")) {
  code.tabIndex = 0;
  const copy = () => navigator.clipboard?.writeText(code.textContent);
  code.addEventListener("click", copy);
  code.addEventListener("keydown", (event) => { if (event.key === "Enter") copy(); });
}
