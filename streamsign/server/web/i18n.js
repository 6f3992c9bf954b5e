// The pages are in English; this translates their texts, whether from the page, a script or the
// server. The dictionary's keys are the English texts, with {} where something is put in. Elements with translate="no"
// (captions, letters, names) stay as they are.

import { preference } from "./preferences.js";
import { offerSettings } from "./settings-menu.js";

const LANGUAGES = { en: "English", id: "Bahasa Indonesia" };
const ATTRIBUTES = ["alt", "aria-label", "data-empty", "placeholder", "title"];

/** Texts of a language, found by what is said in English. */
export class Dictionary {
  constructor(words) {
    this.words = words;
    this.exact = new Map(Object.entries(words));
    this.small = new Map([...this.exact].map(([english, other]) => [english.toLowerCase(), other.toLowerCase()]));
    this.patterns = [...this.exact].filter(([english]) => english.includes("{}")).sort(([one], [other]) => other.length - one.length).map(([english, other]) => [
      new RegExp(`^${english.split("{}").map((part) => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&")).join("(.+?)")}$`), other,
    ]);
  }

  /** The text in this language; itself where it is not known. What was put into it is looked up as well. */
  say(text) {
    const found = this.exact.get(text) ?? this.small.get(text);
    if (found !== undefined) return found;
    for (const [pattern, other] of this.patterns) {
      const parts = pattern.exec(text)?.slice(1);
      if (parts) return other.replace(/{}/g, () => parts.shift().split(/([,;] )/).map((part) => this.say(part)).join(""));
    }
    return text;
  }
}

function chosen() {
  const wishes = [preference("language", ""), ...navigator.languages].map((tag) => tag.slice(0, 2));
  return wishes.find((tag) => tag in LANGUAGES) ?? "en";
}

function put(node, dictionary) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = node.data.trim().replace(/\s+/g, " ");
    if (!text || node.parentElement?.closest("[translate=no], script, style")) return;
    const said = dictionary.say(text);
    if (said !== text) node.data = node.data.replace(/\S[^]*\S|\S/, () => said);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of ATTRIBUTES) {
    const text = node.getAttribute(name);
    const said = text && !node.parentElement?.closest("[translate=no]") && dictionary.say(text);
    if (said && said !== text) node.setAttribute(name, said);
  }
  for (const child of node.childNodes) put(child, dictionary);
}

/** The language of the page: "en" or "id". */
export const language = chosen();
offerSettings(LANGUAGES, language);
/** A text that is not put into the page, such as a question, in the page's language. */
export let say = (text) => text;
/** Load the texts of a part that few people open, such as "hand". */
export let load = async () => {};
if (language !== "en") {
  const words = async (part) => (await fetch(`/static/lang/${language}${part}.json`)).json();
  let dictionary = new Dictionary(await words(""));
  load = async (part) => {
    dictionary = new Dictionary({ ...dictionary.words, ...(await words(`-${part}`)) });
    put(document.documentElement, dictionary);
  };
  document.documentElement.lang = language;
  say = (text) => dictionary.say(text);
  put(document.documentElement, dictionary);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type !== "childList") put(target, dictionary);
      for (const node of addedNodes) put(node, dictionary);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
}
