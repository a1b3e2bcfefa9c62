import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Api } from '../src/api';
import { Conversation } from '../src/conversation';
import { Queue } from '../src/queue';
import { Session } from '../src/session';
import { FakeServer, refusal } from './server';

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
  server = new FakeServer();
  vi.stubGlobal('fetch', server.fetch);
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page with the chat on it: what a visitor has after (re)loading. */
async function page() {
  const session = new Session(server.url);
  const api = new Api(server.url, () => session.token);
  const events = { changed: vi.fn(), arrived: vi.fn(), refused: vi.fn(), language: () => 'it' as const };
  const chat = new Conversation(server.url, api, session, new Queue(server.url), events);
  chat.start();
  await settle();
  return { chat, session, events };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
const texts = (): (string | undefined)[] => server.said.map(({ text, button }) => text ?? button);

describe('a conversation', () => {
  it('starts a session with the first message, not before', async () => {
    const { chat, session, events } = await page();
    expect(session.token).toBeNull();
    chat.say('ciao');
    await settle();
    expect(texts()).toEqual(['ciao']);
    expect(chat.waiting).toHaveLength(1);
    server.answer();
    await settle();
    expect(chat.waiting).toEqual([]);
    expect(chat.turns).toHaveLength(1);
    expect(events.arrived).toHaveBeenCalledOnce();
  });

  it('comes back after a reload, without announcing what is old', async () => {
    const first = await page();
    first.chat.say('ciao');
    await settle();
    server.answer();
    await settle();
    const { chat, events } = await page();
    expect(chat.turns).toHaveLength(1);
    expect(events.arrived).not.toHaveBeenCalled();
    expect(server.resumedFrom.at(-1)).toBe('1');
  });

  it('keeps no text in the browser that the server has', async () => {
    const { chat } = await page();
    chat.say('un segreto');
    await settle();
    server.answer();
    await settle();
    expect(JSON.stringify({ ...localStorage })).not.toContain('segreto');
  });

  it('sends what was said offline once, in order, when the line is back', async () => {
    for (let n = 0; n < 3; n += 1) server.failures.push({ path: 'session', answer: 'unreachable' });
    const { chat } = await page();
    chat.say('uno');
    chat.press('b2', 'Sì');
    chat.say('tre');
    await settle();
    expect(chat.trouble).toEqual({ kind: 'offline' });
    expect(chat.unsent).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(texts()).toEqual(['uno', 'b2', 'tre']);
    expect(chat.trouble).toBeNull();
  });

  it('does not say a message twice when its acknowledgement was lost', async () => {
    const { chat } = await page();
    const { fetch } = server;
    let lost = false;
    vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
      const response = await fetch(address, init);
      if (!address.endsWith('messages') || lost) return response;
      lost = true;
      throw new TypeError('network error');
    });
    chat.say('ciao');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(texts()).toEqual(['ciao']);
    expect(chat.waiting).toHaveLength(1);
  });

  it('takes an answer that overtakes its acknowledgement', async () => {
    const { chat } = await page();
    chat.say('prima');
    await settle();
    server.answer();
    await settle();
    const { fetch } = server;
    vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
      const response = await fetch(address, init);
      if (address.endsWith('messages')) {
        server.answer();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      return response;
    });
    chat.say('seconda');
    await vi.advanceTimersByTimeAsync(500);
    expect(chat.turns).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(chat.waiting).toEqual([]);
    expect(chat.unsent).toEqual([]);
  });

  it('gives a refused message back', async () => {
    const { chat, events } = await page();
    server.failures.push({ path: 'messages', answer: refusal(422, 'too_long') });
    chat.say('troppo');
    await settle();
    const [message, error] = events.refused.mock.calls[0] ?? [];
    expect(message.text).toBe('troppo');
    expect(error.sentences.it).toBe('Non va.');
    expect(chat.unsent).toEqual([]);
  });

  it('begins anew when the session has expired, and says the unsent text again', async () => {
    const { chat, session } = await page();
    chat.say('prima');
    await settle();
    server.answer();
    await settle();
    server.sessions.clear();
    chat.say('dopo');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(session.token).toBe('token-2');
    expect(chat.turns).toEqual([]);
    expect(texts()).toEqual(['prima', 'dopo']);
    expect(chat.notice).toBe('expired');
  });

  it('does not press a button of an expired conversation', async () => {
    const { chat } = await page();
    chat.say('prima');
    await settle();
    server.sessions.clear();
    chat.press('b1', 'Sì, acconsento');
    await vi.advanceTimersByTimeAsync(100);
    expect(texts()).toEqual(['prima']);
    expect(chat.notice).toBe('expired');
  });

  it('notices at once that the session it comes back to has expired', async () => {
    new Session(server.url).token = 'long-gone';
    const { chat, session } = await page();
    expect(session.token).toBeNull();
    expect(chat.notice).toBe('expired');
  });

  it('ends and erases only when the server has said so', async () => {
    const { chat, session } = await page();
    chat.say('ciao');
    await settle();
    server.answer();
    await settle();
    server.failures.push({ path: 'data', answer: 'unreachable' });
    await expect(chat.erase()).rejects.toThrow();
    expect(chat.turns).toHaveLength(1);
    expect(session.token).not.toBeNull();
    await chat.erase();
    expect(chat.turns).toEqual([]);
    expect(chat.notice).toBe('erased');
    expect(localStorage.length).toBe(0);
    expect(server.sessions.size).toBe(0);
  });

  it('tells when it was ended elsewhere', async () => {
    const { chat, session } = await page();
    chat.say('ciao');
    await settle();
    server.send('event: ended\ndata: {"reason": "erased"}\n\n');
    await settle();
    expect(chat.notice).toBe('erasedElsewhere');
    expect(session.token).toBeNull();
  });

  it('joins the session that another tab has started', async () => {
    const { chat } = await page();
    const other = await page();
    other.chat.say('dall’altra');
    await settle();
    server.answer();
    dispatchEvent(new StorageEvent('storage', { key: null }));
    await settle();
    expect(chat.turns).toHaveLength(1);
    expect(other.chat.turns).toHaveLength(1);
  });

  it('takes a verdict back that did not arrive', async () => {
    const { chat } = await page();
    chat.say('ciao');
    await settle();
    await chat.judge(1, true);
    server.failures.push({ path: 'feedback', answer: 'unreachable' });
    await expect(chat.judge(1, false)).rejects.toThrow();
    expect(chat.verdicts.get(1)).toBe(true);
  });
});
