/**
 * Messages that the server has not accepted yet, oldest first. They outlive a reload, and each
 * keeps its key: a repeated request is recognised by it, so nothing is said twice.
 */

import type { Outgoing } from './protocol';
import { Drawer } from './storage';

export class Queue {
  private readonly drawer: Drawer;

  constructor(server: string) {
    this.drawer = new Drawer(server, 'unsent');
  }

  all(): Outgoing[] {
    return parse(this.drawer.read());
  }

  first(): Outgoing | undefined {
    return this.all()[0];
  }

  add(message: Omit<Outgoing, 'key' | 'at'>): Outgoing {
    const added = { ...message, key: newKey(), at: new Date().toISOString() };
    this.save([...this.all(), added]);
    return added;
  }

  remove(key: string): void {
    const kept = this.all().filter((one) => one.key !== key);
    this.save(kept);
  }

  /** Buttons belong to the conversation that offered them; typed text makes sense in any. */
  keepOnlyTyped(): void {
    this.save(this.all().filter((one) => one.text !== undefined));
  }

  clear(): void {
    this.save([]);
  }

  watch(changed: () => void): () => void {
    return this.drawer.watch(changed);
  }

  private save(messages: Outgoing[]): void {
    this.drawer.write(messages.length > 0 ? JSON.stringify(messages) : null);
  }
}

/** What lies in the storage may have been written by an older version or by hand. */
function parse(stored: string | null): Outgoing[] {
  if (stored === null) return [];
  try {
    const found: unknown = JSON.parse(stored);
    return Array.isArray(found) ? found.filter(isOutgoing) : [];
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false;
  const { key, said, at, text, button } = value as Record<string, unknown>;
  return (
    [key, said, at].every((one) => typeof one === 'string') &&
    (typeof text === 'string') !== (typeof button === 'string')
  );
}

/** Not crypto.randomUUID: that is missing on sites without https. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
