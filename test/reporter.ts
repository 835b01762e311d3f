import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** How many tests had which end. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Mocha's own `spec` output; at the end the counts go to the file that REMORA_COUNTS names, for test/run.ts. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const path = process.env['REMORA_COUNTS'];
      if (path === undefined) return;
      const { passes, failures, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: failures, skipped: pending };
      writeFileSync(path, JSON.stringify(counts));
    });
  }
}
