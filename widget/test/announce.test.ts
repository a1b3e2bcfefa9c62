// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { announcementOf } from '../src/announce';
import { turnOf } from './turns';

describe('what is read aloud', () => {
  it('is the text, and that there is a choice', () => {
    const turn = turnOf([
      { text: 'Ecco:\n• Nome: Maria', buttons: [{ id: '1', title: 'Sì' }, { id: '2', title: '✎ Nome' }] },
      { custom: { reference: 'X' } },
    ]);
    expect(announcementOf(turn, 'it')).toBe('Ecco:\nNome: Maria\nPuò scegliere: Sì; Modifica: Nome.');
  });

  it('says nothing of choices where there are none', () => {
    expect(announcementOf(turnOf([{ text: 'Hello' }, { text: 'there' }]), 'en')).toBe('Hello\nthere');
  });
});
