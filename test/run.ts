import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { up } from './cluster/up.ts';
import type { Counts } from './reporter.ts';
import { selectStages, type Stage } from './stages.ts';

/** What is run when: `npm test`, `npm test -- unit`, `npm run e2e -- telemetry`. The last line counts all that ran. */

const repository = fileURLToPath(new URL('..', import.meta.url));
const passed: Counts = { passed: 1, failed: 0, skipped: 0 };
const failed: Counts = { passed: 0, failed: 1, skipped: 0 };
const skipped: Counts = { passed: 0, failed: 0, skipped: 1 };

const selection = selectStages(process.argv.slice(2));
if (selection.outcome === 'refused') {
  console.error(selection.message);
  process.exitCode = 64;
} else {
  const counts: Counts[] = [];
  for (const stage of selection.stages) counts.push(await runStage(stage));
  const total = counts.reduce(add);
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
}

function add(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

async function runStage(stage: Stage): Promise<Counts> {
  console.log(`\n=== ${stage.name}`);
  const reason = whyNot(stage);
  if (reason !== undefined) {
    console.log(`=== ${stage.name}: skipped: ${reason}`);
    return skipped;
  }
  const startedAt = performance.now();
  const counts = stage.kind === 'check' ? await check(stage) : await testsOn(stage);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`=== ${stage.name}: ${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  return counts;
}

/** Why a stage cannot run on this machine. */
function whyNot(stage: Stage): string | undefined {
  if (stage.kind === 'check' || !stage.needsCluster || isNamed('REMORA_CONTEXT')) return undefined;
  if (process.platform !== 'linux') return 'the test cluster needs Linux; or name a cluster with REMORA_CONTEXT';
  if (process.getuid?.() !== 0) return 'the test cluster needs root; or name a cluster with REMORA_CONTEXT';
  return undefined;
}

async function check(stage: Stage): Promise<Counts> {
  return (await execute(stage.command, {})) === 0 ? passed : failed;
}

function isNamed(variable: string): boolean {
  return (process.env[variable] ?? '') !== '';
}

/** Runs tests with a cluster where they need one and nobody named one. */
async function testsOn(stage: Stage & { readonly kind: 'tests' }): Promise<Counts> {
  if (!stage.needsCluster || isNamed('REMORA_CONTEXT') || isNamed('REMORA_CLUSTER')) return await tests(stage, {});
  try {
    const cluster = await up({ name: `run-${process.pid}`, environment: process.env, report: console.log });
    try {
      return await tests(stage, { REMORA_CLUSTER: cluster.name });
    } finally {
      await cluster.down();
    }
  } catch (error) {
    console.error(error);
    return failed;
  }
}

/** A run that fails without a failed test (coverage, a crash) counts as one more failure. */
async function tests(stage: Stage, environment: Readonly<Record<string, string>>): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-counts-'));
  try {
    const file = join(folder, 'counts.json');
    const code = await execute(stage.command, { ...environment, REMORA_COUNTS: file });
    const counts = readCounts(file);
    if (counts === undefined) return failed;
    return code !== 0 && counts.failed === 0 ? add(counts, failed) : counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

/** Runs a program of node_modules in this terminal; resolves with its exit code, 1 when it was killed. */
async function execute(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const [program = '', ...words] = command;
  const path = `${join(repository, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: repository,
      stdio: 'inherit',
      env: { ...process.env, PATH: path, ...environment },
    });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
