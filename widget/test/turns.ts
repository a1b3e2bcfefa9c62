/** Turns to test with. */

import type { Reply, Turn } from '../src/protocol';

export function turnOf(replies: Reply[], rest: Partial<Turn> = {}): Turn {
  return {
    id: 7,
    message: 1,
    key: 'k',
    said: 'ciao',
    at: '2026-11-28T18:02:11Z',
    replies,
    language: 'it',
    stale: false,
    ...rest,
  };
}
