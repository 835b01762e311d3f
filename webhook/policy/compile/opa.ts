import type { ModuleSource, RegoFile, RegoProblem, RegoVersion } from '../types.ts';
import { moduleOf } from './bundle.ts';
import type { Ended } from './child.ts';
import { readErrors, readPrintedErrors } from './problems.ts';
import type { BuiltinNames } from './problems.ts';
import { readResults } from './results.ts';
import { readSyntax } from './syntax.ts';
import type { FileSyntax } from './syntax.ts';
import { patchModule } from '../wasm/patch.ts';
import { patches } from '../wasm/runtime.ts';
import { bundlePath } from './workbench.ts';
import type { Workbench } from './workbench.ts';

/** What one run of OPA came to. */
export type Answer<T> = { readonly outcome: 'done'; readonly value: T } | Refusal;

export interface Refusal {
  readonly outcome: 'refused';
  readonly problems: readonly RegoProblem[];
}

/** What OPA may know of, for one version of Rego. */
export interface Capabilities extends BuiltinNames {
  /** File that says so, for `--capabilities`. */
  readonly path: string;
}

/** Errors that OPA looks for before it gives up. */
const maxErrors = '50';

/** The syntax of each file; the errors of all of them when one does not parse. */
export async function parseFiles(
  bench: Workbench,
  files: readonly RegoFile[],
  version: RegoVersion,
  names: BuiltinNames,
): Promise<Answer<readonly FileSyntax[]>> {
  const syntax: FileSyntax[] = [];
  const problems: RegoProblem[] = [];
  for (const { name } of files) {
    const ended = await bench.run(
      'parse',
      '--format=json',
      '--json-include=-comments',
      ...dialect(version),
      '--',
      name,
    );
    if (ended.outcome !== 'ended') return notEnded(ended, name);
    if (ended.status === 0) syntax.push(readSyntax(name, ended.output));
    else problems.push(...errorsOf(ended, files, names));
  }
  return problems.length > 0 ? { outcome: 'refused', problems } : { outcome: 'done', value: syntax };
}

/** Every error of the files together, with columns; none when OPA accepts them. */
export async function checkFiles(
  bench: Workbench,
  files: readonly RegoFile[],
  version: RegoVersion,
  capabilities: Capabilities,
): Promise<Answer<readonly RegoProblem[]>> {
  const ended = await bench.run('check', '--format=json', '-m', maxErrors, ...flags(version, capabilities), '.');
  if (ended.outcome !== 'ended') return notEnded(ended);
  return { outcome: 'done', value: ended.status === 0 ? [] : errorsOf(ended, files, capabilities) };
}

/** Compiles to Wasm. The problems of a refusal name lines and no columns: `checkFiles` tells more. */
export async function buildModule(
  bench: Workbench,
  { files, regoVersion, entrypoints }: ModuleSource,
  capabilities: Capabilities,
): Promise<Answer<Uint8Array<ArrayBuffer>>> {
  const asked = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
  const ended = await bench.run(
    'build',
    '-t',
    'wasm',
    '-o',
    bundlePath,
    ...asked,
    ...flags(regoVersion, capabilities),
    '.',
  );
  if (ended.outcome !== 'ended') return notEnded(ended);
  if (ended.status !== 0)
    return { outcome: 'refused', problems: readPrintedErrors(printedBy(ended), files, capabilities) };
  const bundle = await bench.bundle();
  const module = bundle === undefined ? undefined : await moduleOf(bundle);
  if (module === undefined) return limited('the module that OPA made is larger than any that is loaded');
  const patched = patchModule(module, patches);
  return patched.outcome === 'patched' ? { outcome: 'done', value: patched.wasm } : unavailable(patched.message);
}

/** Runs the tests among the files: how many there are, or the failed ones, or what keeps them from compiling. */
export async function runTests(
  bench: Workbench,
  files: readonly RegoFile[],
  version: RegoVersion,
  testMs: number,
  capabilities: Capabilities,
): Promise<Answer<number>> {
  const options = ['-p', '1', '-m', maxErrors, '--timeout', `${testMs}ms`, ...flags(version, capabilities)];
  const ended = await bench.run('test', '--format=json', ...options, '.');
  if (ended.outcome !== 'ended') return notEnded(ended);
  const results = readResults(ended.output, files);
  if (results === undefined) {
    const checked = await checkFiles(bench, files, version, capabilities);
    if (checked.outcome === 'refused') return checked;
    const problems =
      checked.value.length > 0 ? checked.value : readPrintedErrors(printedBy(ended), files, capabilities);
    return { outcome: 'refused', problems };
  }
  return results.problems.length > 0
    ? { outcome: 'refused', problems: results.problems }
    : { outcome: 'done', value: results.count };
}

/** A refusal for a limit: nothing is known about the text, but that it needs more than it may have. */
export function limited(message: string, file = ''): Refusal {
  return refusedAsAWhole('CompileLimit', message, file);
}

/** A refusal because others wait, or because nobody waits any more: another time, or another replica, may do it. */
export function busy(message: string): Refusal {
  return refusedAsAWhole('CompilerBusy', message, '');
}

/** A refusal because OPA could not be run at all. */
export function unavailable(message: string): Refusal {
  return refusedAsAWhole('CompilerUnavailable', message, '');
}

function refusedAsAWhole(code: RegoProblem['code'], message: string, file: string): Refusal {
  return { outcome: 'refused', problems: [{ code, file, line: 0, column: 0, message, source: '' }] };
}

function notEnded(ended: Exclude<Ended, { readonly outcome: 'ended' }>, file = ''): Refusal {
  return ended.outcome === 'stopped' ? limited(ended.reason, file) : unavailable(ended.reason);
}

function dialect(version: RegoVersion): readonly string[] {
  return version === 'v0' ? ['--v0-compatible'] : [];
}

function flags(version: RegoVersion, { path }: Capabilities): readonly string[] {
  return ['--capabilities', path, ...dialect(version)];
}

type Exited = Extract<Ended, { readonly outcome: 'ended' }>;

/** OPA prints errors as JSON to its standard error, and some to its output. */
function errorsOf(ended: Exited, files: readonly RegoFile[], names: BuiltinNames): readonly RegoProblem[] {
  return (
    readErrors(ended.errors, files, names) ??
    readErrors(ended.output, files, names) ??
    readPrintedErrors(printedBy(ended), files, names)
  );
}

function printedBy({ output, errors }: Exited): string {
  return errors + output;
}
