/** What stands in the window, from top to bottom. */

import type { Notice } from './conversation';
import type { Greeting, Outgoing, Turn, Waiting } from './protocol';
import type { Trouble } from './sender';

export type Item =
  | { kind: 'greeting'; greeting: Greeting; open: boolean }
  | { kind: 'notice'; notice: Notice }
  /** `held`: why it has not left yet. */
  | { kind: 'visitor'; said: string; held: Trouble | null }
  /** `open`: its buttons can still be pressed. */
  | { kind: 'bot'; turn: Turn; open: boolean; verdict: boolean | undefined }
  | { kind: 'typing' };

export interface Standing {
  greeting: Greeting;
  turns: Turn[];
  waiting: Waiting[];
  unsent: Outgoing[];
  verdicts: ReadonlyMap<number, boolean>;
  notice: Notice | null;
  trouble: Trouble | null;
}

export function itemsOf(standing: Standing): Item[] {
  const { turns, waiting, unsent, notice, trouble } = standing;
  const pending = waiting.length + unsent.length;
  const items: Item[] = [];
  if (notice) items.push({ kind: 'notice', notice });
  items.push({
    kind: 'greeting',
    greeting: standing.greeting,
    open: turns.length + pending === 0,
  });
  for (const turn of turns) {
    if (turn.said !== null) items.push({ kind: 'visitor', said: turn.said, held: null });
    // Only the newest turn's buttons count, and only until something was said after it.
    const open = turn === turns.at(-1) && pending === 0;
    items.push({ kind: 'bot', turn, open, verdict: standing.verdicts.get(turn.id) });
  }
  for (const { said } of waiting) {
    if (said !== null) items.push({ kind: 'visitor', said, held: null });
  }
  for (const { said } of unsent) items.push({ kind: 'visitor', said, held: trouble });
  if (waiting.length > 0 || (unsent.length > 0 && !trouble)) items.push({ kind: 'typing' });
  return items;
}
