// Counts each channel's text as its network counts it, by the table of the server, and shows how it will read.

const form = document.querySelector("form[data-limits]");
const table = JSON.parse(form.dataset.limits);
const patterns = Object.fromEntries(Object.entries(table.patterns).map(([name, text]) => [name, new RegExp(text, "giu")]));
const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const bytes = new TextEncoder();
const number = new Intl.NumberFormat(document.documentElement.lang);
const free = { length: 0, counts: "characters", link: 0, domains: false, handles: false, size: 0, hashtags: 0, joins: "never" };

export function rule(network) {
  return table.networks[network] || free;
}

export function said(network, text, link, pictures) {
  const joins = rule(network).joins;
  const joined = joins === "always" || (joins === "with_pictures" && pictures > 0);
  return link && joined && !text.includes(link) ? `${text}\n\n${link}` : text;
}

function weight(character) {
  const code = character.codePointAt(0);
  return table.weighted_once.some(([low, high]) => low <= code && code <= high) ? 1 : 2;
}

function emoji(cluster) {
  return [...cluster].length > 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\uFE0F\u20E3/u.test(cluster);
}

function units(counts, text) {
  if (counts === "characters") return [...text].length;
  const clusters = [...segments.segment(text)].map((part) => part.segment);
  if (counts === "graphemes") return clusters.length;
  const weights = clusters.map((one) => (emoji(one) ? 2 : [...one].reduce((sum, each) => sum + weight(each), 0)));
  return weights.reduce((sum, each) => sum + each, 0);
}

export function count(network, text) {
  const own = rule(network);
  let rest = text.normalize("NFC");
  if (own.handles) rest = rest.replace(patterns.handle, "$1");
  let links = 0;
  for (const name of [own.link ? "link" : "", own.domains ? "domain" : ""].filter(Boolean)) {
    rest = rest.replace(patterns[name], () => (links++, ""));
  }
  return units(own.counts, rest) + own.link * links;
}

function problem(network, text, used) {
  const own = rule(network);
  const over = Math.max(own.length ? used - own.length : 0, own.size ? bytes.encode(text).length - own.size : 0);
  if (over > 0) return form.dataset.over.replace("{over}", number.format(over));
  const tags = own.hashtags ? (text.match(patterns.hashtag) || []).length - own.hashtags : 0;
  return tags > 0 ? form.dataset.tags.replace("{over}", number.format(tags)) : "";
}

function show() {
  const text = form.elements.text.value;
  const link = form.elements.link.value.trim();
  const pictures = form.querySelectorAll("[name=media]:checked").length;
  for (const channel of form.querySelectorAll("[data-channel]")) {
    const network = channel.dataset.network;
    const variant = channel.querySelector("[data-variant]").value;
    const whole = said(network, variant || text, link, pictures);
    const used = count(network, whole);
    const most = rule(network).length;
    const wrong = problem(network, whole, used);
    const counter = channel.querySelector("[data-counter]");
    const words = most ? form.dataset.counted : form.dataset.uncounted;
    const told = words.replace("{used}", number.format(used)).replace("{most}", number.format(most));
    counter.textContent = wrong ? `${told} · ${wrong}` : told;
    counter.classList.toggle("over", Boolean(wrong));
    channel.querySelector("[data-preview]").textContent = whole;
    const apart = channel.querySelector("[data-link]");
    apart.textContent = link;
    apart.hidden = !link || whole.includes(link);
  }
}

let saved = false;
form.addEventListener("input", () => {
  show();
  const notice = document.querySelector(".unsaved");
  if (notice) notice.hidden = false;
});
form.addEventListener("submit", () => (saved = true));
form.addEventListener("change", show);
addEventListener("beforeunload", (event) => {
  const notice = document.querySelector(".unsaved");
  if (!saved && notice && !notice.hidden && document.activeElement?.form === form) event.preventDefault();
});
show();
