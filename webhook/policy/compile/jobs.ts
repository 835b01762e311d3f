import type { PolicyWarning } from '../../../settings/policies/types.ts';
import type { ModuleSource, RegoFile, RegoProblem, RegoVersion, TestSource } from '../types.ts';
import { buildModule, checkFiles, limited, parseFiles, runTests } from './opa.ts';
import type { Answer, Capabilities } from './opa.ts';
import { chooseRules } from './rules.ts';
import type { FileSyntax } from './syntax.ts';
import type { Compiled, NativeSource, Tested } from './types.ts';
import type { Workbench } from './workbench.ts';

/** What OPA may know of in each kind of job. */
export interface Permissions {
  readonly policy: Readonly<Record<RegoVersion, Capabilities>>;
  readonly tests: Readonly<Record<RegoVersion, Capabilities>>;
}

interface Read {
  readonly version: RegoVersion;
  readonly syntax: readonly FileSyntax[];
}

/** Compiles a source whose version and entrypoints are known. */
export async function compileModule(
  bench: Workbench,
  source: ModuleSource,
  hash: string,
  { policy }: Permissions,
): Promise<Compiled> {
  const capabilities = policy[source.regoVersion];
  const built = await buildModule(bench, source, capabilities);
  if (built.outcome === 'refused') return await explain(bench, source, built.problems, capabilities);
  const wasm = built.value;
  const fault = await WebAssembly.compile(wasm).then(() => undefined, String);
  if (fault !== undefined) return limited(`the module that OPA made does not load: ${fault}`);
  return { outcome: 'compiled', module: { hash, wasm, entrypoints: source.entrypoints }, source, warnings: [] };
}

/** `opa check` names columns and finds every error, but reads what schemas refer to; `opa build` does not. */
async function explain(
  bench: Workbench,
  { files, regoVersion }: ModuleSource,
  printed: readonly RegoProblem[],
  capabilities: Capabilities,
): Promise<Compiled> {
  if (printed.some(({ code }) => code === 'CompileLimit' || code === 'CompilerUnavailable')) {
    return { outcome: 'refused', problems: printed };
  }
  const parsed = await parseFiles(bench, files.filter(mayHaveSchemas), regoVersion, capabilities);
  if (parsed.outcome === 'refused') return parsed;
  if (parsed.value.some(({ hasSchemas }) => hasSchemas)) return { outcome: 'refused', problems: printed };
  const checked = await checkFiles(bench, files, regoVersion, capabilities);
  if (checked.outcome === 'refused') return checked;
  return { outcome: 'refused', problems: checked.value.length > 0 ? checked.value : printed };
}

/** Compiles a native policy: finds out its version of Rego, and which rules it answers with. */
export async function compileNative(
  bench: Workbench,
  source: NativeSource,
  hash: string,
  permissions: Permissions,
): Promise<Compiled> {
  const { files } = source;
  const read = await readFiles(bench, files, permissions);
  if (read.outcome === 'refused') return read;
  const { version, syntax } = read.value;
  const forbidden = forbidSchemas(syntax);
  if (forbidden.length > 0) return { outcome: 'refused', problems: forbidden };
  const chosen = chooseRules(syntax, files, source.package);
  if (chosen.outcome === 'refused') {
    const checked = await checkFiles(bench, files, version, permissions.policy[version]);
    return { outcome: 'refused', problems: [...chosen.problems, ...(checked.outcome === 'done' ? checked.value : [])] };
  }
  const module = { files, regoVersion: version, entrypoints: chosen.entrypoints };
  const compiled = await compileModule(bench, module, hash, permissions);
  return compiled.outcome === 'refused' || version === 'v1' ? compiled : { ...compiled, warnings: [regoV0] };
}

const regoV0: PolicyWarning = {
  code: 'RegoV0',
  message:
    'the policy parses only as Rego v0, which OPA 1.0 left behind: `opa fmt --write --v0-v1` makes it valid as both',
};

/** Rego v1, and v0 where the files parse only so. Of files that are neither, the errors of what they look like. */
async function readFiles(bench: Workbench, files: readonly RegoFile[], { policy }: Permissions): Promise<Answer<Read>> {
  const v1 = await parseFiles(bench, files, 'v1', policy.v1);
  if (v1.outcome === 'done') return { outcome: 'done', value: { version: 'v1', syntax: v1.value } };
  if (v1.problems.some(({ code }) => code !== 'InvalidRego')) return v1;
  const v0 = await parseFiles(bench, files, 'v0', policy.v0);
  if (v0.outcome === 'done') return { outcome: 'done', value: { version: 'v0', syntax: v0.value } };
  return v1.problems.some(isOldStyle) ? v0 : v1;
}

/** What OPA says of a rule as v0 writes it: `deny[msg] { … }`. */
function isOldStyle({ message }: RegoProblem): boolean {
  return /`(?:if|contains)` keyword is required/.test(message);
}

/** Runs an author's tests, which OPA itself evaluates. */
export async function testFiles(
  bench: Workbench,
  { files, tests, regoVersion }: TestSource,
  testMs: number,
  permissions: Permissions,
): Promise<Tested> {
  const all = [...files, ...tests];
  const capabilities = permissions.tests[regoVersion];
  const parsed = await parseFiles(bench, all.filter(mayHaveSchemas), regoVersion, capabilities);
  if (parsed.outcome === 'refused') return parsed;
  const forbidden = forbidSchemas(parsed.value);
  if (forbidden.length > 0) return { outcome: 'refused', problems: forbidden };
  const run = await runTests(bench, all, regoVersion, testMs, capabilities);
  return run.outcome === 'done' ? { outcome: 'passed', count: run.value } : run;
}

/** OPA takes for annotations only comments that begin with this word. */
function mayHaveSchemas({ text }: RegoFile): boolean {
  return text.includes('METADATA');
}

function forbidSchemas(syntax: readonly FileSyntax[]): readonly RegoProblem[] {
  const message = 'METADATA may not carry schemas: OPA would read the files and addresses that they refer to';
  return syntax
    .filter(({ hasSchemas }) => hasSchemas)
    .map(({ name }) => ({ code: 'InvalidRego', file: name, line: 0, column: 0, message, source: '' }));
}
