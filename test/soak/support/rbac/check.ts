import type { World } from './world.ts';

/** Something of the product that is there with all rights, and is not without one of them. */
export interface Check {
  /** What the product does, as a statement: checks of the same statement are the same. */
  readonly shows: string;
  /** What is done so that the product has to. */
  readonly provokedBy: string;
  /**
   * How the product comes back once the right is given back: by itself, for which it must go on trying, or when it
   * is provoked again, as a command that a person runs.
   */
  readonly recovers: 'by itself' | 'when provoked again';
  readonly provoke: (world: World) => Promise<Provoked>;
}

export interface Provoked {
  /** What is there by now of what was provoked; undefined: not yet. Asked again and again. */
  readonly seen: () => Promise<string | undefined>;
  /** What the product has said, from when on does not matter. */
  readonly lines: readonly string[];
  /** Takes away what would stand in the way of other checks. */
  readonly close?: () => Promise<void>;
}

/**
 * Breaks something again each time that it was mended, and has seen enough after `times`.
 *
 * A process that has just begun looks at everything a few times; what it mends after that, it was told of.
 */
export function mendedAgainAndAgain(
  times: number,
  breakIt: () => Promise<void>,
  isMended: () => Promise<boolean>,
): Provoked['seen'] {
  let mended = 0;
  let isBroken = false;
  return async () => {
    if (!isBroken) {
      await breakIt();
      isBroken = true;
      return undefined;
    }
    if (!(await isMended())) return undefined;
    isBroken = false;
    mended += 1;
    return mended === times ? `mended ${times} times` : undefined;
  };
}
