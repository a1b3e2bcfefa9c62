// nlp.js with its defaults: a neural classifier for each language, which it guesses by itself.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { LangEn, Nlp, containerBootstrap } = require("@nlpjs/basic");
const { LangIt } = require("@nlpjs/lang-it");

/** Learn from messages (text, lang, label) and leave the model in the folder. */
async function train(messages, folder) {
  const nlp = await load();
  for (const { text, lang, label } of messages) nlp.addDocument(lang, text, label);
  await nlp.train();
  fs.writeFileSync(path.join(folder, "model.json"), nlp.export(false));
}

/** Load the model and return the function that gives a message its label. */
async function answer(folder) {
  const nlp = await load();
  nlp.import(fs.readFileSync(path.join(folder, "model.json"), "utf8"));
  return async ({ text }) => {
    const { intent } = await nlp.process(text);
    return !intent || intent === "None" ? "out_of_scope" : intent;
  };
}

async function load() {
  const container = await containerBootstrap();
  for (const part of [Nlp, LangEn, LangIt]) container.use(part);
  const nlp = container.get("nlp");
  nlp.settings.autoSave = false;
  nlp.addLanguage(["it", "en"]);
  return nlp;
}

module.exports = { train, answer };
