import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import { flushAtEnd } from '../../../../../sidecars/telemetry/node/agent/signals.ts';

/** A process that only counts: what was flushed, and which signals it sent itself. */
function setUp(send: () => Promise<void> = () => Promise.resolve()): {
  readonly subject: EventEmitter & { readonly pid: number; readonly kill: (pid: number, signal: string) => void };
  readonly killed: string[];
  readonly flushes: () => number;
  readonly tick: () => void;
} {
  const killed: string[] = [];
  const ticks: (() => void)[] = [];
  let flushed = 0;
  const subject = Object.assign(new EventEmitter(), {
    pid: 7,
    kill: (pid: number, signal: string) => void killed.push(`${pid} ${signal}`),
  });
  flushAtEnd(subject, { every: (_, action) => void ticks.push(action), within: (_, work) => work }, () => {
    flushed += 1;
    // As the batch processor: whoever flushes while another flush runs has nothing to wait for.
    return flushed === 1 ? send() : Promise.resolve();
  });
  return { subject, killed, flushes: () => flushed, tick: () => ticks.forEach((action) => action()) };
}

/** Lets everything that is already due run; nothing here waits for time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('flushing at the end', () => {
  it('flushes at SIGTERM and then dies of it, where the program does not listen', async () => {
    const { subject, killed, flushes } = setUp();
    subject.emit('SIGTERM');
    await settle();
    expect(flushes()).to.be.greaterThan(0);
    expect(killed).to.deep.equal(['7 SIGTERM']);
    expect(subject.listenerCount('SIGTERM')).to.equal(0);
  });

  it('does not die of it before what is being sent has arrived', async () => {
    const sending = Promise.withResolvers<undefined>();
    const { subject, killed } = setUp(() => sending.promise);
    subject.emit('SIGTERM');
    await settle();
    expect(killed).to.deep.equal([]);
    sending.resolve(undefined);
    await settle();
    expect(killed).to.deep.equal(['7 SIGTERM']);
  });

  it('leaves the end to a program that listens, and keeps sending until it comes', async () => {
    const { subject, killed, flushes, tick } = setUp();
    let heard = 0;
    subject.on('SIGTERM', () => (heard += 1));
    await settle();
    expect(subject.listenerCount('SIGTERM')).to.equal(1);
    subject.emit('SIGTERM');
    await settle();
    expect(heard).to.equal(1);
    expect(killed).to.deep.equal([]);
    const before = flushes();
    tick();
    await settle();
    expect(flushes()).to.equal(before + 1);
  });

  it('keeps watching the signal while listeners change hands', async () => {
    const { subject } = setUp();
    const own = (): void => undefined;
    subject.on('SIGTERM', own);
    // In the same turn ours is still there: without a listener Node would let the signal kill.
    expect(subject.listenerCount('SIGTERM')).to.equal(2);
    await settle();
    expect(subject.listeners('SIGTERM')).to.deep.equal([own]);
    subject.off('SIGTERM', own);
    await settle();
    expect(subject.listenerCount('SIGTERM')).to.equal(1);
  });

  it('flushes once before an exit that nothing keeps', async () => {
    const { subject, flushes } = setUp();
    subject.emit('beforeExit');
    subject.emit('beforeExit');
    await settle();
    expect(flushes()).to.equal(1);
  });
});
