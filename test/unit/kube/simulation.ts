import type { Timer } from '../../../runtime/clock.ts';

/** Time that a test moves: waits end in the order in which they are due, and the work between them is awaited. */
export class SimulatedTime implements Timer {
  #now: number;
  readonly #waiting = new Set<{ readonly at: number; readonly wake: () => void }>();

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const entry = { at: this.#now + Math.max(0, ms), wake: resolve };
      this.#waiting.add(entry);
      signal?.addEventListener('abort', () => {
        if (this.#waiting.delete(entry)) resolve();
      });
    });
  }

  /** Lets everything run that needs no time; `quiet` says when real I/O has ended. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settle();
    for (;;) {
      const [next] = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await this.#settle();
    }
    this.#now = end;
  }
}
