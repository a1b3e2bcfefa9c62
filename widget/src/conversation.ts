/**
 * One visitor's conversation with the firm: what was said, what is on its way, and how it stands
 * with the server. Knows nothing of how it looks.
 */

import { RefusedError, type Api } from './api';
import { Pause } from './pause';
import type { Ending, Language, Outgoing, Turn, Waiting, Welcome } from './protocol';
import type { Queue } from './queue';
import { Sender, type Trouble } from './sender';
import type { Session } from './session';
import { EventStream } from './stream';

/** Something that happened to the conversation as a whole, to be told in words. */
export type Notice = 'expired' | 'closed' | 'endedElsewhere' | 'erasedElsewhere' | 'erased';

export interface ConversationEvents {
  /** Anything that shows has changed. */
  changed(): void;
  /** A turn came while we were listening: not one of the history. */
  arrived(turn: Turn): void;
  /** The server will never take this message: the visitor gets it back. */
  refused(message: Outgoing, error: RefusedError): void;
  language(): Language;
}

export class Conversation {
  welcome: Welcome | null = null;
  turns: Turn[] = [];
  /** Accepted, not answered yet. */
  waiting: Waiting[] = [];
  notice: Notice | null = null;
  readonly verdicts = new Map<number, boolean>();

  private sending: Trouble | null = null;
  private listening: Trouble | null = null;
  private stream: EventStream | null = null;
  private readonly sender: Sender;
  private readonly pause = new Pause();
  /** The token whose turns are shown, to notice when another tab has begun anew. */
  private shown: string | null = null;

  constructor(
    server: string,
    private readonly api: Api,
    private readonly session: Session,
    private readonly queue: Queue,
    private readonly events: ConversationEvents,
  ) {
    this.sender = new Sender(`sportello ${server}`, queue, {
      deliver: (message) => this.deliver(message),
      accepted: (message) => this.accepted(message),
      refused: (message, error) => this.events.refused(message, error),
      expired: () => this.expired(),
      trouble: (trouble) => {
        this.sending = trouble;
        this.events.changed();
      },
    });
    session.watch(() => this.followOtherTab());
    queue.watch(() => {
      this.events.changed();
      if (!queue.first()) void this.catchUp();
    });
    addEventListener('online', () => this.reconnect());
    addEventListener('offline', () => this.hearing({ kind: 'offline' }));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return;
      this.stream?.wake();
      this.pause.wake();
    });
  }

  /** Take up the conversation where it was left, and what has not been sent yet. */
  start(): void {
    void this.loadWelcome();
    if (this.session.token !== null) void this.load();
    this.sendQueued();
  }

  get unsent(): Outgoing[] {
    return this.queue.all();
  }

  get begun(): boolean {
    return this.turns.length > 0 || this.waiting.length > 0 || this.unsent.length > 0;
  }

  get trouble(): Trouble | null {
    return this.sending ?? this.listening;
  }

  say(text: string): void {
    this.post({ text, said: text });
  }

  press(button: string, title: string): void {
    this.post({ button, said: title });
  }

  async judge(turn: number, helpful: boolean): Promise<void> {
    const before = this.verdicts.get(turn);
    this.verdicts.set(turn, helpful);
    this.events.changed();
    try {
      await this.api.feedback(turn, helpful);
    } catch (error) {
      if (before === undefined) this.verdicts.delete(turn);
      else this.verdicts.set(turn, before);
      this.events.changed();
      throw error;
    }
  }

  /** End the session; the next message starts a new one. */
  async restart(): Promise<void> {
    await this.leave(() => this.api.endSession(), 'closed');
  }

  /** Erase everything that came of this conversation. */
  async erase(): Promise<void> {
    await this.leave(() => this.api.eraseData(), 'erased');
  }

  private post(message: Omit<Outgoing, 'key' | 'at'>): void {
    this.notice = null;
    this.queue.add(message);
    this.events.changed();
    this.sendQueued();
  }

  private sendQueued(): void {
    if (this.queue.first()) void this.sender.send();
  }

  private async deliver(message: Outgoing): Promise<void> {
    if (this.session.token === null) {
      this.session.token = await this.api.startSession(this.events.language());
      this.shown = this.session.token;
      this.listen(0);
    }
    await this.api.say(message);
  }

  private accepted({ key, said, at }: Outgoing): void {
    // The answer may have overtaken the acknowledgement.
    if (!this.turns.some((turn) => turn.key === key)) this.waiting.push({ key, said, at });
    this.events.changed();
  }

  private async loadWelcome(): Promise<void> {
    while (this.welcome === null) {
      try {
        this.welcome = await this.api.welcome();
      } catch (error) {
        this.hearing(troubleOf(error));
        await this.pause.wait(this.pause.next());
      }
    }
    // A stream says itself how it is doing.
    if (this.stream) this.events.changed();
    else this.hearing(null);
  }

  private async load(): Promise<void> {
    const token = this.session.token;
    this.shown = token;
    while (this.session.token === token) {
      try {
        const history = await this.api.history();
        if (this.session.token !== token) return;
        this.turns = history.turns;
        for (const { id, helpful } of history.turns) {
          if (typeof helpful === 'boolean') this.verdicts.set(id, helpful);
        }
        this.waiting = history.waiting;
        this.listen(history.last);
        return;
      } catch (error) {
        if (error instanceof RefusedError && error.expired) return this.expired();
        this.hearing(troubleOf(error));
        await this.pause.wait(this.pause.next());
      }
    }
  }

  /** Another tab has sent what was waiting: see what the server now has of it. */
  private async catchUp(): Promise<void> {
    const token = this.session.token;
    if (token === null || this.stream === null) return;
    try {
      const { waiting } = await this.api.history();
      if (this.session.token !== token) return;
      this.waiting = waiting.filter((one) => !this.turns.some((turn) => turn.key === one.key));
      this.events.changed();
    } catch {
      // Only the other tab's bubble is missing, and it comes with its answer.
    }
  }

  private listen(last: number): void {
    this.stream?.stop();
    const stream = new EventStream((from, signal) => this.api.events(from, signal), {
      turn: (turn) => this.take(turn),
      ended: (reason) => this.endedElsewhere(reason),
      expired: () => this.expired(),
      up: () => {
        this.hearing(null);
        this.sendQueued();
      },
      down: (error) => this.hearing(troubleOf(error)),
    }, last);
    this.stream = stream;
    void stream.run();
    this.events.changed();
  }

  private take(turn: Turn): void {
    // What is gone on the server does not stay on the screen either.
    if (turn.erased) this.turns = [];
    this.turns.push(turn);
    this.waiting = this.waiting.filter((one) => one.key !== turn.key);
    if (turn.key !== null) this.queue.remove(turn.key);
    this.events.arrived(turn);
    this.events.changed();
  }

  private reconnect(): void {
    // A stream says itself when it is back.
    if (this.stream) this.stream.restart();
    else this.hearing(null);
    this.pause.wake();
    this.sendQueued();
  }

  private hearing(trouble: Trouble | null): void {
    this.listening = trouble;
    this.events.changed();
  }

  private expired(): void {
    if (this.session.token !== this.shown) return this.followOtherTab();
    this.session.token = null;
    this.queue.keepOnlyTyped();
    this.forget('expired');
    this.sendQueued();
  }

  private endedElsewhere(reason: Ending): void {
    if (this.session.token === this.shown) this.session.token = null;
    this.forget(reason === 'erased' ? 'erasedElsewhere' : 'endedElsewhere');
  }

  private followOtherTab(): void {
    if (this.session.token === this.shown) return;
    // The other tab has ended it, or was the first to find that it had expired.
    this.forget(this.session.token === null ? 'closed' : null);
    if (this.session.token !== null) void this.load();
  }

  private async leave(request: () => Promise<void>, notice: Notice): Promise<void> {
    if (this.session.token !== null) {
      const last = this.turns.at(-1)?.id ?? 0;
      // Not to hear from the server what we are about to do ourselves.
      this.stream?.stop();
      try {
        await request();
      } catch (error) {
        const gone = error instanceof RefusedError && error.expired;
        if (!gone) {
          this.listen(last);
          throw error;
        }
      }
    }
    this.session.token = null;
    this.queue.clear();
    this.forget(notice);
  }

  private forget(notice: Notice | null): void {
    this.stream?.stop();
    this.stream = null;
    this.listening = null;
    this.shown = this.session.token;
    this.turns = [];
    this.waiting = [];
    this.verdicts.clear();
    this.notice = notice;
    this.events.changed();
  }
}

function troubleOf(error: unknown): Trouble {
  return { kind: error instanceof RefusedError ? 'unavailable' : 'offline' };
}
