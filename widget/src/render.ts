/** Turns what stands in the window into HTML; whoever shows it lets sanitise.ts look at it first. */

import { readable, today } from './dates';
import { escape, linked } from './markup';
import type { Button, Language } from './protocol';
import {
  answerOf,
  blocksOf,
  editOf,
  quotationOf,
  statementsOf,
  type Block,
  type Statement,
} from './reading';
import { strings } from './strings';
import type { Item } from './transcript';

export function render(item: Item, language: Language): string {
  const words = strings[language];
  switch (item.kind) {
    case 'notice':
      return `<p class="notice">${escape(words[item.notice])}</p>`;
    case 'greeting':
      return (
        bubble(paragraphs(item.greeting.text)) +
        (item.open ? group(words.suggestions, item.greeting.suggestions.map(suggestion)) : '')
      );
    case 'visitor':
      return visitor(item, language);
    case 'typing':
      // A screen reader hears the answer itself; that it is being written would only interrupt.
      return `<div class="bubble typing" aria-hidden="true"><span></span><span></span><span></span></div>`;
    case 'bot':
      return turn(item, language);
  }
}

function visitor({ said, held }: Extract<Item, { kind: 'visitor' }>, language: Language): string {
  const words = strings[language];
  const why = held && (held.kind === 'offline' ? words.waitsForLine : words.waitsForTurn);
  return (
    `<div class="bubble mine${held ? ' held' : ''}" role="group" aria-label="${escape(words.visitor)}"><p>${escape(readable(said, language))}</p></div>` +
    (why ? `<p class="held-note">${escape(why)}</p>` : '')
  );
}

function turn(item: Extract<Item, { kind: 'bot' }>, language: Language): string {
  const { turn: said, open, verdict } = item;
  const statements = statementsOf(said.replies);
  const shown = statements.map((one) => statement(one, language)).join('');
  const judged = statements.some(({ custom }) => custom.faq || custom.passage);
  return (
    `<div class="turn" data-turn="${said.id}">` +
    `<div class="said" role="group" aria-label="${escape(strings[language].bot)}" ` +
    `lang="${escape(said.language)}">${shown}</div>` +
    (judged ? feedback(verdict, language) : '') +
    (open ? answers(statements, language) : '') +
    `</div>`
  );
}

function statement({ text, custom }: Statement, language: Language): string {
  const words = strings[language];
  const { body, source } = answerOf(text);
  const quotation = custom.passage ? quotationOf(body) : null;
  const content = quotation
    ? paragraphs(quotation.before) + `<blockquote>${paragraphs(quotation.quoted)}</blockquote>`
    : blocksOf(body).map(block).join('');
  const from = source ?? (custom.source ? `${words.source}: ${custom.source}` : null);
  const look = custom.error
    ? 'refused'
    : custom.asks === 'consent' || custom.asks === 'confirm'
      ? 'card'
      : '';
  const footer = from ? `<p class="source">${linked(from)}</p>` : '';
  return (
    (content || footer ? bubble(content + footer, look) : '') +
    (custom.reference ? code(words.reference, custom.reference, language) : '') +
    (custom.kept ? code(words.kept, custom.kept, language) : '')
  );
}

function bubble(content: string, look = ''): string {
  return `<div class="bubble${look && ` ${look}`}">${content}</div>`;
}

function block(found: Block): string {
  if (found.kind === 'paragraph') return paragraphs(found.text);
  const rows = found.rows.map(
    ({ label, value }) =>
      `<div class="row"><dt>${escape(label)}</dt><dd>${escape(value)}</dd></div>`,
  );
  return `<dl>${rows.join('')}</dl>`;
}

function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .filter((one) => one.trim())
    .map((one) => `<p>${linked(one)}</p>`)
    .join('');
}

function code(label: string, value: string, language: Language): string {
  const words = strings[language];
  return (
    `<div class="bubble code"><p class="code-label">${escape(label)}</p>` +
    `<p><code>${escape(value)}</code>` +
    `<button data-part="copy" data-code="${escape(value)}" ` +
    `aria-label="${escape(`${words.copy}: ${value}`)}">${escape(words.copy)}</button></p></div>`
  );
}

function feedback(verdict: boolean | undefined, language: Language): string {
  const words = strings[language];
  const thumb = (part: string, name: string, pressed: boolean): string =>
    `<button class="thumb" data-part="${part}" aria-label="${escape(name)}" ` +
    `aria-pressed="${pressed}"></button>`;
  return (
    `<div class="feedback" role="group" aria-label="${escape(words.wasHelpful)}">` +
    `<span aria-hidden="true">${escape(words.wasHelpful)}</span>` +
    thumb('helpful', words.helpful, verdict === true) +
    thumb('unhelpful', words.unhelpful, verdict === false) +
    `</div>`
  );
}

/** What can be pressed below the newest turn. */
function answers(statements: Statement[], language: Language): string {
  const words = strings[language];
  const buttons = statements.flatMap((one) => one.buttons);
  const asks = statements.map(({ custom }) => custom.asks).findLast((one) => one);
  const edits = buttons.filter(({ title }) => editOf(title) !== null);
  const others = buttons.filter(({ title }) => editOf(title) === null);
  return (
    (asks === 'deadline' ? calendar(language) : '') +
    group(
      words.choices,
      // Yes and no to the use of one's data look alike: consent must not be nudged.
      others.map((one, index) => choice(one, asks === 'confirm' && index === 0)),
    ) +
    group(words.choices, edits.map((one) => edit(one, language)), 'edits')
  );
}

function group(name: string, buttons: string[], look = ''): string {
  if (buttons.length === 0) return '';
  return (
    `<div class="choices${look && ` ${look}`}" role="group" aria-label="${escape(name)}">` +
    `${buttons.join('')}</div>`
  );
}

function choice({ id, title }: Button, first: boolean): string {
  return (
    `<button class="choice${first ? ' first' : ''}" data-part="choice" ` +
    `data-button="${escape(id)}" data-title="${escape(title)}">${escape(title)}</button>`
  );
}

function edit({ id, title }: Button, language: Language): string {
  const label = editOf(title) ?? title;
  return (
    `<button class="choice edit" data-part="choice" data-button="${escape(id)}" ` +
    `data-title="${escape(title)}" aria-label="${escape(strings[language].edit(label))}">` +
    `${escape(label)}</button>`
  );
}

function suggestion(text: string): string {
  return `<button class="choice" data-part="choice" data-say="${escape(text)}">${escape(text)}</button>`;
}

function calendar(language: Language): string {
  const words = strings[language];
  return (
    `<div class="day"><label>${escape(words.day)}` +
    `<input type="date" data-part="date" min="${today()}"></label>` +
    `<button class="choice" data-part="date-send">${escape(words.sendDay)}</button></div>`
  );
}
