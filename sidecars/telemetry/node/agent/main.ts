import type { Instrumentation } from '@opentelemetry/instrumentation';
import { dirname } from 'node:path';
import { ownTelemetryPackages, packageOf, selectEntries, type CatalogEntry } from './catalog.ts';
import { watchImport, watchRequire } from './hooks.ts';
import { loadInstrumentation, useImportHooks } from './instrumentation.ts';
import { hasPackage, readProgram } from './program.ts';
import { flushAtEnd } from './signals.ts';
import { startTracing } from './tracing.ts';

/** Writes the one coded line that the agent may write. */
type Say = (code: string, message: string) => void;

const builtin = new Set(['http', 'https', 'dns', 'fs', 'net']);

/**
 * Starts the agent in this process, before the program: tracing, and hooks that fetch an instrumentation when the
 * program loads the library that it is for.
 */
export function start(subject: NodeJS.Process, say: Say): void {
  const program = readProgram(subject.argv[1], subject.execArgv);
  const tracing = startTracing(__filename, subject.env, subject.pid, subject.versions.node);
  const waiting = new Map(selectEntries(subject.env).flatMap((entry) => entry.packages.map((name) => [name, entry])));
  const active: Instrumentation[] = [];
  let isOff = false;

  const activate = (entry: CatalogEntry): void => {
    try {
      active.push(loadInstrumentation(__filename, entry));
    } catch (failure) {
      const reason = failure instanceof Error ? failure.message : 'unknown';
      say('InstrumentationFailed', `${entry.name} is not traced: ${reason}`);
    }
  };
  const standDown = (name: string): void => {
    isOff = true;
    for (const instrumentation of active) instrumentation.disable();
    void tracing.stop().catch(() => undefined);
    say('OwnTelemetry', `the program loads ${name}, which instruments it already`);
  };
  const own = new Set(ownTelemetryPackages);
  const onSpecifier = (specifier: string): void => {
    const name = isOff ? undefined : packageOf(specifier);
    if (name === undefined) return;
    if (own.has(name)) {
      standDown(name);
      return;
    }
    const entry = waiting.get(name);
    if (entry === undefined) return;
    for (const each of entry.packages) waiting.delete(each);
    activate(entry);
  };

  // `fetch` is global and undici's channels are cheap, so there is no loading to wait for.
  if (waiting.has('undici')) onSpecifier('undici');
  if (program.isModule) {
    const folder = program.entry === undefined ? subject.cwd() : dirname(program.entry);
    const packages = [...waiting.keys(), ...own];
    useImportHooks(__filename);
    watchImport(__filename, packages, onSpecifier, (name) => builtin.has(name) || hasPackage(folder, name));
  }
  watchRequire(onSpecifier);
  flushAtEnd(
    subject,
    {
      every: (intervalMs, action) => void setInterval(action, intervalMs).unref(),
      within: (deadlineMs, work) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, deadlineMs);
          void work.finally(() => {
            clearTimeout(timer);
            resolve();
          });
        }),
    },
    tracing.flush,
  );
}
