// The browser asks the device for a passkey; the answer travels with an ordinary form.

const able = location.hostname !== "" && !/^[\d.]+$|:/.test(location.hostname)
  && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

async function asked(form) {
  const answer = await fetch(form.dataset.ask, { method: "POST", body: new FormData(form) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function answered(form) {
  if (form.dataset.passkey === "make") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(form.dataset.options));
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await asked(form));
  return navigator.credentials.get({ publicKey });
}

async function send(form) {
  const button = form.querySelector("button"), fault = form.querySelector(".fault");
  button.disabled = true;
  fault.hidden = true;
  try {
    form.elements.answer.value = JSON.stringify((await answered(form)).toJSON());
    form.submit();
  } catch {
    fault.hidden = false;
  } finally {
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !able;
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}
if (able) document.querySelectorAll("[data-unable]").forEach((words) => words.remove());
