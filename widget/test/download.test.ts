// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { transcriptOf } from '../src/download';
import { turnOf } from './turns';

describe('the downloaded conversation', () => {
  it('tells who said what, in order', () => {
    const turns = [
      turnOf([{ text: 'Prego.' }, { custom: { cancelled: true } }], { said: '2027-01-15' }),
      turnOf([{ text: 'Ricordi:' }], { said: null }),
    ];
    const text = transcriptOf(turns, 'Studio Aurora', 'it');
    expect(text).toMatch(
      /^Conversazione – Studio Aurora\n\nLei \(.+\):\n15 gennaio 2027\n\nAssistente:\nPrego\.\n\nAssistente:\nRicordi:\n$/,
    );
  });
});
