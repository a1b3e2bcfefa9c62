/** Empties the queue, one message at a time and in order, for as long as it takes. */

import { RefusedError, UnreachableError } from './api';
import { Pause } from './pause';
import type { Outgoing } from './protocol';
import type { Queue } from './queue';

/** Why nothing is getting through; `seconds` is how long until the next attempt. */
export type Trouble =
  | { kind: 'offline' }
  | { kind: 'unavailable' }
  | { kind: 'busy'; seconds: number };

export interface SenderEvents {
  /** Hand one message over; resolves once the server has it. */
  deliver(message: Outgoing): Promise<void>;
  accepted(message: Outgoing): void;
  refused(message: Outgoing, error: RefusedError): void;
  /** The session is gone; the sender goes on with what is left in the queue. */
  expired(): void;
  trouble(trouble: Trouble | null): void;
}

export class Sender {
  private readonly pause = new Pause();
  private running = false;

  constructor(
    private readonly name: string,
    private readonly queue: Queue,
    private readonly events: SenderEvents,
  ) {}

  /** Begin, or go on at once if it is waiting. */
  async send(): Promise<void> {
    this.pause.wake();
    if (this.running) return;
    this.running = true;
    try {
      // One tab at a time. Without locks (no https) two may send the same message: the key helps.
      if (navigator.locks) await navigator.locks.request(this.name, () => this.drain());
      else await this.drain();
    } finally {
      this.running = false;
    }
    // Something may have come in between the last look at the queue and here.
    if (this.queue.first()) await this.send();
  }

  private async drain(): Promise<void> {
    for (let message = this.queue.first(); message; message = this.queue.first()) {
      try {
        await this.events.deliver(message);
      } catch (error) {
        await this.failed(message, error);
        continue;
      }
      this.done(message);
      this.events.accepted(message);
    }
  }

  private async failed(message: Outgoing, error: unknown): Promise<void> {
    if (error instanceof UnreachableError) {
      this.events.trouble({ kind: 'offline' });
      await this.pause.wait(this.pause.next());
    } else if (!(error instanceof RefusedError)) {
      throw error;
    } else if (error.expired) {
      this.events.expired();
      // A server that refuses the new session too must not be asked without end.
      await this.pause.wait(this.pause.next());
    } else if (error.passing) {
      const wait = error.retryAfter === null ? this.pause.next() : error.retryAfter * 1000;
      const seconds = Math.ceil(wait / 1000);
      this.events.trouble(
        error.status === 429 ? { kind: 'busy', seconds } : { kind: 'unavailable' },
      );
      await this.pause.wait(wait);
    } else {
      this.done(message);
      this.events.refused(message, error);
    }
  }

  private done(message: Outgoing): void {
    this.queue.remove(message.key);
    this.pause.reset();
    this.events.trouble(null);
  }
}
