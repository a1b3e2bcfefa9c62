/** Finds in the bot's plain text what deserves a shape of its own: summaries, sources, quotations. */

import type { Button, Custom, Reply } from './protocol';

/** A reply with everything that belongs to it. */
export interface Statement {
  text: string;
  buttons: Button[];
  custom: Custom;
}

/** A reply without text belongs to the reply before it: put the two together. */
export function statementsOf(replies: Reply[]): Statement[] {
  const statements: Statement[] = [];
  for (const { text, buttons = [], custom } of replies) {
    const before = statements.at(-1);
    if (before && !text) {
      before.buttons.push(...buttons);
      Object.assign(before.custom, custom);
    } else {
      statements.push({ text: text ?? '', buttons: [...buttons], custom: { ...custom } });
    }
  }
  return statements;
}

export interface Answer {
  body: string;
  /** «Fonte: …», as the text's last line says it. */
  source: string | null;
}

const SOURCE = /(?:^|\n)((?:Fonte|Fonti|Source|Sources): [^\n]+)\s*$/;

export function answerOf(text: string): Answer {
  const source = SOURCE.exec(text);
  if (!source) return { body: text, source: null };
  return { body: text.slice(0, source.index).trimEnd(), source: source[1] ?? null };
}

export interface Quotation {
  before: string;
  quoted: string;
}

/** «Non ho una risposta pronta, ma i documenti dicono: «…»» */
export function quotationOf(text: string): Quotation | null {
  const found = /^([^«“]*)[«“]([\s\S]+)[»”]\s*$/.exec(text);
  if (!found) return null;
  return { before: (found[1] ?? '').trim(), quoted: (found[2] ?? '').trim() };
}

export interface Row {
  label: string;
  value: string;
}

export type Block = { kind: 'paragraph'; text: string } | { kind: 'summary'; rows: Row[] };

/** Paragraphs, and the summary's lines «• Label: value»; a value may go on over several lines. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    const [lead = '', ...lines] = paragraph.split(/(?:^|\n)• /);
    const rows = lines.map(rowOf);
    if (rows.length === 0 || rows.some((row) => row === null)) {
      if (paragraph.trim()) blocks.push({ kind: 'paragraph', text: paragraph.trim() });
      continue;
    }
    if (lead.trim()) blocks.push({ kind: 'paragraph', text: lead.trim() });
    blocks.push({ kind: 'summary', rows: rows.filter((row) => row !== null) });
  }
  return blocks;
}

function rowOf(line: string): Row | null {
  const colon = line.indexOf(': ');
  return colon > 0 ? { label: line.slice(0, colon), value: line.slice(colon + 2).trim() } : null;
}

const PENCIL = /^✎\s*/;

/** «✎ Nome» is a button that edits; returns what it edits. */
export function editOf(title: string): string | null {
  return PENCIL.test(title) ? title.replace(PENCIL, '') : null;
}
