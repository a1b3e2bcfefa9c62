// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { itemsOf, type Standing } from '../src/transcript';
import { turnOf } from './turns';

const NOTHING: Standing = {
  greeting: { text: 'Buongiorno', suggestions: [] },
  turns: [],
  waiting: [],
  unsent: [],
  verdicts: new Map(),
  notice: null,
  trouble: null,
};
const message = { key: 'k', said: 'ciao', at: '' };
const kinds = (standing: Partial<Standing>): string[] =>
  itemsOf({ ...NOTHING, ...standing }).map((item) => `${item.kind}${'open' in item && item.open ? ' open' : ''}`);

describe('what stands in the window', () => {
  it('begins with the greeting and its suggestions', () => {
    expect(kinds({})).toEqual(['greeting open']);
    expect(kinds({ notice: 'erased' })).toEqual(['notice', 'greeting open']);
  });

  it('closes the suggestions once something was said', () => {
    expect(kinds({ unsent: [message] })).toEqual(['greeting', 'visitor', 'typing']);
  });

  it('leaves only the newest turn its buttons', () => {
    const turns = [turnOf([], { id: 1 }), turnOf([], { id: 2 })];
    expect(kinds({ turns })).toEqual(['greeting', 'visitor', 'bot', 'visitor', 'bot open']);
  });

  it('takes them away as soon as something is on its way', () => {
    const turns = [turnOf([])];
    expect(kinds({ turns, waiting: [message] })).toEqual(['greeting', 'visitor', 'bot', 'visitor', 'typing']);
  });

  it('shows that an answer is on its way also when it does not know to what', () => {
    expect(kinds({ waiting: [{ ...message, said: null }] })).toEqual(['greeting', 'typing']);
  });

  it('does not pretend to be writing while nothing gets through', () => {
    expect(kinds({ unsent: [message], trouble: { kind: 'offline' } })).toEqual(['greeting', 'visitor']);
  });

  it('has no visitor where the bot speaks by itself', () => {
    expect(kinds({ turns: [turnOf([], { said: null, key: null })] })).toEqual(['greeting', 'bot open']);
  });
});
