// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { escape, linked } from '../src/markup';

const link = (address: string, shown = address): string => `<a href="${address}">${shown}</a>`;

describe('links', () => {
  it.each([
    ['Qui: https://a.example/p?q=1#r.', `Qui: ${link('https://a.example/p?q=1#r')}.`],
    ['(http://a.example)', `(${link('http://a.example')})`],
    ['mailto:a@b.example, ecco', `${link('mailto:a@b.example', 'a@b.example')}, ecco`],
    ['tel:+390669820001', link('tel:+390669820001', '+390669820001')],
    ['HTTPS://A.example', link('HTTPS://A.example')],
    ['https://a.example/?a=1&b=2', link('https://a.example/?a=1&amp;b=2')],
    ['«https://a.example»', `«${link('https://a.example')}»`],
    ['due: https://a.example https://b.example', `due: ${link('https://a.example')} ${link('https://b.example')}`],
  ])('%s', (text, html) => expect(linked(text)).toBe(html));

  it.each(['javascript:alert(1)', 'data:text/html,x', '//a.example', 'a.example', 'file:///etc', '[x](y)', '**x**'])(
    'not %s',
    (text) => expect(linked(text)).toBe(escape(text)),
  );
});
