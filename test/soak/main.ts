import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import type { Soak } from './soak.ts';

/** `npm run soak -- <name> [--seed <number>]`: what takes too long for the gate. Its result is kept in docs/soak. */

const folder = fileURLToPath(new URL('.', import.meta.url));
const results = fileURLToPath(new URL('../../docs/soak', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file) && file !== 'main.ts' && file !== 'soak.ts')
  .map((file) => file.replace(/\.ts$/, ''));

const [name = '', option, value] = process.argv.slice(2);
const seed = option === undefined ? randomInt(2 ** 31) : Number(value);
if (!names.includes(name) || (option !== undefined && option !== '--seed') || !Number.isInteger(seed)) {
  console.error(`npm run soak -- <name> [--seed <number>]\nnames: ${names.join(', ')}`);
  process.exitCode = 64;
} else {
  await runSoak();
}

async function runSoak(): Promise<void> {
  const { soak } = (await import(`./${name}.ts`)) as { readonly soak: Soak };
  console.log(`soak ${name}, seed ${seed}`);
  const startedAt = new Date();
  const result = await soak({ seed, environment: process.env, report: console.log });
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  const file = `${results}/${name}.json`;
  const kept = {
    name,
    seed,
    ...commit(),
    startedAt: startedAt.toISOString(),
    seconds,
    ...result,
  };
  mkdirSync(results, { recursive: true });
  // As the format check wants it: results are committed.
  writeFileSync(file, await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }));
  console.log(`soak ${name}: ${result.passed ? 'passed' : 'FAILED'} in ${seconds} s; result in ${file}`);
  process.exitCode = result.passed ? 0 : 1;
}

/** What was run: a result of a changed checkout says so. */
function commit(): { readonly commit: string; readonly hasLocalChanges: boolean } {
  const git = (...words: readonly string[]): string =>
    execFileSync('git', words, { cwd: folder, encoding: 'utf8' }).trim();
  // Of earlier results themselves, a change means nothing.
  const changes = git('status', '--porcelain', '--', ':/', ':!/docs/soak');
  return { commit: git('rev-parse', 'HEAD'), hasLocalChanges: changes !== '' };
}
