/** The parts of `process` that flushing touches. */
export interface FlushableProcess {
  readonly pid: number;
  emit: (this: unknown, event: string, ...values: readonly unknown[]) => boolean;
  kill: (pid: number, signal: NodeJS.Signals) => unknown;
  on: (event: string, listener: (...values: readonly unknown[]) => void) => unknown;
  removeListener: (event: string, listener: (...values: readonly unknown[]) => void) => unknown;
  listenerCount: (event: string) => number;
}

/** Timers, passed in so that tests decide when time passes. */
export interface Timers {
  readonly every: (intervalMs: number, action: () => void) => void;
  readonly within: (deadlineMs: number, work: Promise<void>) => Promise<void>;
}

const signal = 'SIGTERM';
const deadlineMs = 1500;
const intervalMs = 100;

/**
 * Sends what is held when the process is about to end, and leaves the way it ends as it was.
 *
 * Without a listener of the program's own, SIGTERM kills a process; a listener of ours would stop that. So ours is
 * there only while it is alone, and after flushing it takes itself away and sends the signal again. A program that
 * listens ends itself: then spans are sent every 100 ms until it does. Libraries that count listeners (signal-exit)
 * see none of ours once they listen.
 */
export function flushAtEnd(subject: FlushableProcess, timers: Timers, flush: () => Promise<void>): void {
  let isEnding = false;
  let isListening = false;

  // A second flush would find nothing left to send and be done before the first one is.
  let running: Promise<void> | undefined;
  const flushQuietly = (): Promise<void> => {
    running ??= timers
      .within(
        deadlineMs,
        flush().catch(() => undefined),
      )
      .then(() => {
        running = undefined;
      });
    return running;
  };

  const onSignal = (): void => {
    if (subject.listenerCount(signal) > 1) return;
    void flushQuietly().then(() => {
      stopListening();
      subject.kill(subject.pid, signal);
    });
  };
  const startListening = (): void => {
    if (isListening || isEnding || subject.listenerCount(signal) > 0) return;
    isListening = true;
    subject.on(signal, onSignal);
  };
  const stopListening = (): void => {
    if (!isListening) return;
    isListening = false;
    subject.removeListener(signal, onSignal);
  };

  // Node binds `emit` when it starts to watch a signal, so this has to come before the first listener.
  const emit = subject.emit;
  subject.emit = function emitAndFlush(this: unknown, event, ...values) {
    if (event === signal && !isEnding) {
      isEnding = true;
      void flushQuietly();
      timers.every(intervalMs, () => void flushQuietly());
    }
    return emit.call(this, event, ...values);
  };

  startListening();
  subject.on('newListener', (event, listener) => {
    // In the same turn Node would stop watching the signal before the other listener is in.
    if (event === signal && listener !== onSignal) queueMicrotask(stopListening);
  });
  subject.on('removeListener', (event, listener) => {
    if (event === signal && listener !== onSignal) queueMicrotask(startListening);
  });

  let wasFlushed = false;
  subject.on('beforeExit', () => {
    // Flushing is work, after which the event comes again; once is enough.
    if (wasFlushed) return;
    wasFlushed = true;
    void flushQuietly();
  });
}
