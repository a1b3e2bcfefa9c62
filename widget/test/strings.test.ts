// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { strings } from '../src/strings';

const said = (value: unknown): string =>
  typeof value === 'function' ? String((value as (...args: number[]) => string)(2, 9)) : String(value);

describe('the two languages', () => {
  it('say the same things', () => {
    expect(Object.keys(strings.en)).toEqual(Object.keys(strings.it));
  });

  it.each(Object.keys(strings.it) as (keyof typeof strings.it)[])('have words for %s', (key) => {
    const [italian, english] = [said(strings.it[key]), said(strings.en[key])];
    expect(italian.trim()).not.toBe('');
    expect(english.trim()).not.toBe('');
    if (!['menu', 'dialog'].includes(key)) expect(italian).not.toBe(english);
  });

  it('address the visitor as Lei', () => {
    for (const text of Object.values(strings.it).map(said)) {
      expect(text).not.toMatch(/\b(tu|tuo|tua|tuoi|tue|ti|clicca|scrivi|riprova)\b/i);
    }
  });
});
