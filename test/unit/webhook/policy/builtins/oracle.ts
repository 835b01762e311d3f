import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Builtin, BuiltinContext } from '../../../../../webhook/policy/builtins/types.ts';
import { BuiltinError } from '../../../../../webhook/policy/builtins/types.ts';
import { readTerm, writeTerm } from '../../../../../webhook/policy/value/text.ts';
import { isEqual } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { ensureBinaries } from '../../../../cluster/binaries/build.ts';

/** One call of a built-in: `name(args…)`. */
export interface Call {
  readonly name: string;
  readonly args: readonly Value[];
}

/** A call that we answer otherwise than OPA does; undefined stands for an undefined result. */
export interface Disagreement {
  readonly call: Call;
  readonly opa: Value | undefined;
  readonly ours: Value | undefined;
}

/** How a batch went: what the suites print, and what tells that a corpus is not all errors. */
export interface Comparison {
  readonly calls: number;
  readonly defined: number;
  readonly disagreements: readonly Disagreement[];
}

/** Takes out of results what OPA itself answers now this way and now that. */
export type Normalize = (result: Value | undefined) => Value | undefined;

/** A context in which nothing changes from run to run. */
export function fixedContext(): BuiltinContext {
  return { nowNanoseconds: 1_795_600_000_123_456_789n, random: () => 0.5, cache: new Map() };
}

/** The real OPA, built into the cache when it is not there. */
export async function findOpa(): Promise<string> {
  const { opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log });
  return opa;
}

/** Stands for the answer to a call that OPA itself dies of (a panic of Go). */
const died = Symbol('died');

/**
 * Asks OPA for all calls in one process, without strict mode. Results are in the order of the calls. A call that OPA
 * itself dies of is found by asking for halves; it is undefined here.
 *
 * The calls stand in a Rego module as one term, for JSON has no sets; `object.get` hides the types of the arguments
 * from the compiler, which would refuse `lower(1)`. OPA writes each result as a Rego term: so sets stay sets.
 */
export async function askOpa(opa: string, calls: readonly Call[]): Promise<readonly (Value | undefined)[]> {
  return (await askAll(opa, calls)).map((answered) => (answered === died ? undefined : answered));
}

type Answer = Value | undefined | typeof died;

async function askAll(opa: string, calls: readonly Call[]): Promise<readonly Answer[]> {
  const output = await evaluate(opa, moduleOf(calls));
  if ('results' in output) {
    const { results } = output;
    return calls.map((_, at) => (results[at] === undefined ? undefined : readOpaTerm(results[at])));
  }
  if (calls.length === 1) {
    console.log(`      OPA dies of ${describeCall(calls[0]!)}: ${output.panic}`);
    return [died];
  }
  const middle = calls.length >> 1;
  return [...(await askAll(opa, calls.slice(0, middle))), ...(await askAll(opa, calls.slice(middle)))];
}

type Output = { readonly results: Readonly<Record<string, string>> } | { readonly panic: string };

async function evaluate(opa: string, module: string): Promise<Output> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-oracle-'));
  try {
    const file = join(folder, 'oracle.rego');
    await writeFile(file, module);
    const words = ['eval', '--v0-compatible', '--format', 'json', '--data', file, 'data.oracle.results'];
    const { stdout } = await promisify(execFile)(opa, words, { maxBuffer: 1 << 28 });
    const { result } = JSON.parse(stdout) as { result: { expressions: { value: Record<string, string> }[] }[] };
    return { results: result[0]!.expressions[0]!.value };
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    const [, panic] = /^panic: (.*)$/m.exec(stderr ?? '') ?? [];
    if (panic === undefined) throw new Error(`opa eval: ${(stdout ?? '').slice(0, 2_000)}`, { cause: error });
    return { panic };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function moduleOf(calls: readonly Call[]): string {
  const names = [...new Set(calls.map(({ name }) => name))];
  const rules = names.map((name) => {
    const at = calls.flatMap((call, index) => (call.name === name ? [index] : []));
    const arities = new Set(at.map((index) => calls[index]!.args.length));
    if (arities.size !== 1) throw new Error(`calls of ${name} have ${[...arities].join(' and ')} arguments`);
    const entries = at.map((index) => `"${index}":${writeSource(calls[index]!.args)}`);
    const variables = Array.from({ length: [...arities][0] ?? 0 }, (_, position) => `args[${position}]`);
    return [
      `results[at] := sprintf("%v", [[result]]) if {`,
      `  some at, args in object.get({"calls": {${entries.join(',\n')}}}, "calls", null)`,
      `  result := ${name}(${variables.join(', ')})`,
      '}',
    ].join('\n');
  });
  return ['package oracle', 'import future.keywords', ...rules, ''].join('\n');
}

/** A term as source: OPA's scanner takes no byte order mark and no control characters, but takes them escaped. */
function writeSource(value: Value): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return writeTerm(value).replaceAll(/[^ -~]/g, escape);
}

/** Reads `[result]` as OPA writes it: strings are quoted as Go quotes them, which is not JSON's way. */
function readOpaTerm(text: string): Value {
  const [value] = readTerm(
    text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, (quoted) => JSON.stringify(readGoString(quoted))),
  ) as [Value];
  return value;
}

const goEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** Reads a string as `strconv.Quote` writes it; bytes that are not UTF-8 become U+FFFD, as in a string of ours. */
function readGoString(quoted: string): string {
  const pattern = /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)|([^\\]+)/gs;
  const parts = [...quoted.slice(1, -1).matchAll(pattern)].map(([, byte, short, long, escape, plain]) => {
    if (byte !== undefined) return Buffer.from(byte, 'hex');
    const code = short ?? long;
    if (code !== undefined) return Buffer.from(String.fromCodePoint(Number.parseInt(code, 16)));
    return Buffer.from(plain ?? goEscapes[escape ?? ''] ?? '');
  });
  return Buffer.concat(parts).toString();
}

/** Answers one call as the webhook does: errors of a built-in are undefined, anything else thrown is a bug of ours. */
export function answer(builtins: Readonly<Record<string, Builtin>>, call: Call): Value | undefined {
  const builtin = builtins[call.name];
  if (builtin === undefined) throw new Error(`no built-in of ours is called ${call.name}`);
  try {
    return builtin(call.args, fixedContext());
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw new Error(`${describeCall(call)} threw`, { cause: error });
  }
}

/** Answers all calls by OPA and by the given built-ins, and collects what differs. */
export async function compareWithOpa(
  opa: string,
  builtins: Readonly<Record<string, Builtin>>,
  calls: readonly Call[],
  normalize: Normalize = (value) => value,
): Promise<Comparison> {
  const expected = await askAll(opa, calls);
  const disagreements = calls.flatMap((call, at) => {
    const [theirs, ours] = [expected[at], answer(builtins, call)];
    // Where OPA dies there is nothing to agree with; ours has to be an answer, and was.
    if (theirs === died) return [];
    const disagreement = { call, opa: normalize(theirs as Value | undefined), ours: normalize(ours) };
    return isSame(disagreement.opa, disagreement.ours) ? [] : [disagreement];
  });
  const defined = expected.filter((value) => value !== undefined && value !== died).length;
  return { calls: calls.length, defined, disagreements };
}

/** As `compareWithOpa`, and fails with the first few differences written as Rego. Prints what the corpus was made of. */
export async function expectAgreement(
  opa: string,
  builtins: Readonly<Record<string, Builtin>>,
  calls: readonly Call[],
  normalize?: Normalize,
): Promise<void> {
  const { disagreements, defined } = await compareWithOpa(opa, builtins, calls, normalize);
  const names = [...new Set(calls.map(({ name }) => name))];
  console.log(
    `      ${names.join(', ')}: ${calls.length} calls, ${defined} defined, ${calls.length - defined} undefined`,
  );
  const lines = disagreements.slice(0, 10).map(describeDisagreement);
  expect(disagreements.length, `${lines.join('\n')}\n`).to.equal(0);
}

export function describeDisagreement({ call, opa, ours }: Disagreement): string {
  return `${describeCall(call)}\n  opa:  ${describe(opa)}\n  ours: ${describe(ours)}`;
}

function describeCall({ name, args }: Call): string {
  return `${name}(${args.map(writeTerm).join(', ')})`;
}

function describe(value: Value | undefined): string {
  return value === undefined ? 'undefined' : writeTerm(value);
}

function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isEqual(a, b);
}
