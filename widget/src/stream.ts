/**
 * The event stream. `EventSource` cannot send an Authorization header, so this reads the answer of
 * a fetch; resuming, waiting between attempts and noticing silence are therefore ours to do.
 */

import { createParser, type EventSourceMessage } from 'eventsource-parser';

import { RefusedError } from './api';
import { Pause } from './pause';
import type { Ending, Turn } from './protocol';

/** The server sends a sign of life every 15 seconds. */
const SILENCE = 45_000;

export interface StreamEvents {
  turn(turn: Turn): void;
  ended(reason: Ending): void;
  /** The token is not valid any more. */
  expired(): void;
  up(): void;
  down(error: unknown): void;
}

export class EventStream {
  private readonly pause = new Pause();
  private connection = new AbortController();
  private stopped = false;

  constructor(
    private readonly open: (last: number, signal: AbortSignal) => Promise<Response>,
    private readonly events: StreamEvents,
    private last: number,
  ) {}

  /** Listen until stopped, ended or expired. */
  async run(): Promise<void> {
    while (!this.stopped) {
      this.connection = new AbortController();
      try {
        await this.listen();
      } catch (error) {
        if (this.stopped) return;
        if (error instanceof RefusedError && error.expired) {
          this.stop();
          this.events.expired();
          return;
        }
        if (!(error instanceof Restart)) this.events.down(error);
      }
      if (!this.stopped) await this.pause.wait(this.pause.next());
    }
  }

  /** Connect again now: the network is back, or the visitor is looking. */
  restart(): void {
    this.pause.reset();
    this.connection.abort(new Restart());
    this.pause.wake();
  }

  /** Go on if it is waiting for the next attempt; a connection that works is left alone. */
  wake(): void {
    this.pause.wake();
  }

  stop(): void {
    this.stopped = true;
    this.connection.abort();
    this.pause.wake();
  }

  private async listen(): Promise<void> {
    const { signal } = this.connection;
    const watchdog = new Watchdog(() => this.connection.abort(new Error('silence')));
    try {
      const response = await this.open(this.last, signal);
      if (!response.body) throw new Error('the stream has no body');
      this.events.up();
      const parser = createParser({ onEvent: (event) => this.hear(event) });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        watchdog.calm();
        this.pause.reset();
        parser.feed(value);
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      watchdog.end();
    }
  }

  private hear(event: EventSourceMessage): void {
    if (this.stopped) return;
    if (event.event === 'turn') {
      const turn = JSON.parse(event.data) as Turn;
      // A turn that comes again after a reconnection was shown already.
      if (turn.id <= this.last) return;
      this.last = turn.id;
      this.events.turn(turn);
    } else if (event.event === 'ended') {
      this.stop();
      this.events.ended((JSON.parse(event.data) as { reason: Ending }).reason);
    }
  }
}

/** The reason of a reconnection that we asked for ourselves: no trouble to report. */
class Restart extends Error {}

class Watchdog {
  private timer: ReturnType<typeof setTimeout>;

  constructor(private readonly bark: () => void) {
    this.timer = setTimeout(bark, SILENCE);
  }

  calm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, SILENCE);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
