import { resolve } from 'node:path';
import { openEngine } from './gator/engine.ts';
import { findSuites } from './gator/files.ts';
import { runSuite } from './gator/run.ts';
import type { CaseResult } from './gator/run.ts';

/**
 * `npm run suite -- gator <folder>`: runs Gatekeeper's own tests (`kind: Suite`), found recursively, through Remora's
 * engine. Closes with `N passed, N failed, N skipped`; exit status 1 when one failed, or when there was none.
 */

const [format = '', target = '', ...rest] = process.argv.slice(2);
if (format !== 'gator' || target === '' || rest.length > 0) {
  console.error('npm run suite -- gator <folder or suite file>');
  process.exitCode = 64;
} else {
  // npm runs scripts in the repository, wherever it was called.
  process.exitCode = await runGator(resolve(process.env['INIT_CWD'] ?? '.', target));
}

async function runGator(folder: string): Promise<number> {
  const files = await findSuites(folder);
  const engine = await openEngine(process.env, (line) => console.error(line));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of files) {
      const results = await runSuite(file, engine);
      for (const { outcome } of results) counts[outcome] += 1;
      print(file.path, results);
    }
  } finally {
    await engine.close();
  }
  if (files.length === 0) console.error(`no suite below ${folder}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return files.length === 0 || counts.failed > 0 ? 1 : 0;
}

/** A line for each suite, and what did not pass with its reason. */
function print(path: string, results: readonly CaseResult[]): void {
  const others = results.filter(({ outcome }) => outcome !== 'passed');
  console.log(`${others.some(({ outcome }) => outcome === 'failed') ? 'FAIL' : 'ok  '} ${path} (${results.length})`);
  for (const { title, outcome, reason } of others) {
    console.log(`     ${outcome === 'failed' ? 'FAIL' : 'skip'} ${title.slice(path.length + 2)}`);
    console.log(reason.replace(/^/gm, '          '));
  }
}
