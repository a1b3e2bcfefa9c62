import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedError, UnreachableError } from '../src/api';
import type { Outgoing } from '../src/protocol';
import { Queue } from '../src/queue';
import { Sender } from '../src/sender';

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sender whose deliveries end as told; undefined is success. */
function senderWith(outcomes: (Error | undefined)[]) {
  const queue = new Queue('https://bot.example/');
  const delivered: Outgoing[] = [];
  const events = {
    deliver: vi.fn(async (message: Outgoing) => {
      delivered.push(message);
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
    }),
    accepted: vi.fn(),
    refused: vi.fn(),
    expired: vi.fn(),
    trouble: vi.fn(),
  };
  const sender = new Sender('test', queue, events);
  const say = (...texts: string[]) => texts.map((text) => queue.add({ text, said: text }));
  return { queue, sender, events, delivered, say };
}

describe('the sender', () => {
  it('sends one message after the other', async () => {
    const { sender, events, delivered, say, queue } = senderWith([]);
    say('uno', 'due', 'tre');
    await sender.send();
    expect(delivered.map(({ text }) => text)).toEqual(['uno', 'due', 'tre']);
    expect(events.accepted).toHaveBeenCalledTimes(3);
    expect(queue.all()).toEqual([]);
  });

  it('repeats a message with its key until an answer comes, and lets none overtake it', async () => {
    const gone = new UnreachableError();
    const { sender, events, delivered, say } = senderWith([gone, gone, undefined]);
    say('uno', 'due');
    const sent = sender.send();
    await vi.advanceTimersByTimeAsync(5_000);
    await sent;
    expect(delivered.map(({ text }) => text)).toEqual(['uno', 'uno', 'uno', 'due']);
    expect(new Set(delivered.slice(0, 3).map(({ key }) => key)).size).toBe(1);
    expect(events.trouble).toHaveBeenCalledWith({ kind: 'offline' });
    expect(events.trouble).toHaveBeenLastCalledWith(null);
  });

  it('goes on at once when it is told to', async () => {
    const { sender, delivered, say } = senderWith([new UnreachableError()]);
    say('uno');
    void sender.send();
    await vi.advanceTimersByTimeAsync(1);
    expect(delivered).toHaveLength(1);
    void sender.send();
    await vi.advanceTimersByTimeAsync(1);
    expect(delivered).toHaveLength(2);
  });

  it('waits as long as the server says', async () => {
    const { sender, events, delivered, say } = senderWith([new RefusedError(429, {}, 30)]);
    say('uno');
    void sender.send();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(events.trouble).toHaveBeenLastCalledWith({ kind: 'busy', seconds: 30 });
    expect(delivered).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(delivered).toHaveLength(2);
  });

  it.each([503, 500, 502])('tries again after %i', async (status) => {
    const { sender, events, delivered, say } = senderWith([new RefusedError(status, {}, null)]);
    say('uno');
    void sender.send();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(events.trouble).toHaveBeenCalledWith({ kind: 'unavailable' });
    expect(delivered).toHaveLength(2);
  });

  it.each([400, 403, 409, 413, 422])('gives up one message at %i, and sends the next', async (status) => {
    const { sender, events, delivered, say, queue } = senderWith([new RefusedError(status, {}, null)]);
    const [first] = say('uno', 'due');
    await sender.send();
    expect(events.refused).toHaveBeenCalledWith(first, expect.any(RefusedError));
    expect(delivered.map(({ text }) => text)).toEqual(['uno', 'due']);
    expect(queue.all()).toEqual([]);
  });

  it('sends the message again once the session was renewed', async () => {
    const { sender, events, delivered, say } = senderWith([new RefusedError(401, {}, null)]);
    say('uno');
    void sender.send();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(events.expired).toHaveBeenCalledOnce();
    expect(delivered).toHaveLength(2);
  });
});
