import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RefusedError } from '../src/api';
import { EventStream } from '../src/stream';
import { FakeServer } from './server';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function listenTo(server: FakeServer, last = 0) {
  const events = { turn: vi.fn(), ended: vi.fn(), expired: vi.fn(), up: vi.fn(), down: vi.fn() };
  const open = vi.fn(async (from: number, signal: AbortSignal) => {
    const headers: Record<string, string> = { Authorization: 'Bearer t' };
    if (from) headers['Last-Event-ID'] = String(from);
    const response = await server.fetch(`${server.url}events`, { headers, signal });
    if (response.status === 401) throw new RefusedError(401, {}, null);
    return response;
  });
  server.sessions.add('t');
  const stream = new EventStream(open, events, last);
  const ended = stream.run();
  return { stream, events, open, ended };
}

/** Let everything happen that waits for no clock. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('the stream', () => {
  it('hands on turns as they come, also in pieces', async () => {
    const server = new FakeServer();
    const { stream, events } = listenTo(server);
    await settle();
    server.answer();
    server.send('id: 2\nevent: turn\nda');
    server.send('ta: {"id": 2}\n\n: beat\n\n');
    await settle();
    expect(events.turn.mock.calls.map(([turn]) => turn.id)).toEqual([1, 2]);
    expect(events.up).toHaveBeenCalledOnce();
    stream.stop();
  });

  it('resumes behind the last turn after a break, and shows none twice', async () => {
    const server = new FakeServer();
    const { stream, events } = listenTo(server, 3);
    await settle();
    server.send('event: turn\ndata: {"id": 4}\n\n');
    await settle();
    server.breakStreams();
    await vi.advanceTimersByTimeAsync(1_000);
    server.send('event: turn\ndata: {"id": 4}\n\nevent: turn\ndata: {"id": 5}\n\n');
    await settle();
    expect(server.resumedFrom).toEqual(['3', '4']);
    expect(events.turn.mock.calls.map(([turn]) => turn.id)).toEqual([4, 5]);
    expect(events.down).toHaveBeenCalledOnce();
    stream.stop();
  });

  it('connects again when nothing was heard for 45 seconds', async () => {
    const server = new FakeServer();
    const { stream, open } = listenTo(server);
    await vi.advanceTimersByTimeAsync(44_000);
    server.send(': beat\n\n');
    await vi.advanceTimersByTimeAsync(44_000);
    expect(open).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(open).toHaveBeenCalledTimes(2);
    stream.stop();
  });

  it('waits longer after each failure, but never more than 15 seconds', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const server = new FakeServer();
    for (let n = 0; n < 8; n += 1) server.failures.push({ path: 'events', answer: 'unreachable' });
    const times: number[] = [];
    const { stream, open } = listenTo(server);
    for (let second = 0; second < 60; second += 0.5) {
      while (times.length < open.mock.calls.length) times.push(second);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(times.slice(0, 8)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5]);
    stream.stop();
  });

  it('does not let all clients come back in the same instant', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const server = new FakeServer();
    server.failures.push({ path: 'events', answer: 'unreachable' });
    const { stream, open } = listenTo(server);
    await vi.advanceTimersByTimeAsync(251);
    expect(open).toHaveBeenCalledTimes(2);
    stream.stop();
  });

  it('connects at once when it is told to', async () => {
    const server = new FakeServer();
    const { stream, events, open } = listenTo(server);
    await settle();
    stream.restart();
    await settle();
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveBeenCalledTimes(2);
    expect(events.down).not.toHaveBeenCalled();
    stream.stop();
  });

  it('stops when the token is not valid any more', async () => {
    const server = new FakeServer();
    const { events, open, ended } = listenTo(server);
    await settle();
    server.expireAll();
    await vi.advanceTimersByTimeAsync(60_000);
    await ended;
    expect(events.expired).toHaveBeenCalledOnce();
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('stops when the session was ended elsewhere', async () => {
    const server = new FakeServer();
    const { events, open, ended } = listenTo(server);
    await settle();
    server.send('event: ended\ndata: {"reason": "erased"}\n\n');
    await vi.advanceTimersByTimeAsync(60_000);
    await ended;
    expect(events.ended).toHaveBeenCalledExactlyOnceWith('erased');
    expect(open).toHaveBeenCalledOnce();
  });

  it('hears nothing more once it is stopped', async () => {
    const server = new FakeServer();
    const { stream, events, ended } = listenTo(server);
    await settle();
    stream.stop();
    await ended;
    server.answer();
    await settle();
    expect(events.turn).not.toHaveBeenCalled();
    expect(events.down).not.toHaveBeenCalled();
  });
});
