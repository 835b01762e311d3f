/** One step of `npm test`. */
export type Stage =
  | { readonly kind: 'check'; readonly name: string; readonly command: readonly string[] }
  /** Runs mocha, whose tests are counted one by one. */
  | {
      readonly kind: 'tests';
      readonly name: string;
      readonly command: readonly string[];
      readonly needsCluster: boolean;
    };

/** `--exit`: what a failed test leaves running must not keep the whole run from ending. */
const mocha = ['mocha', '--exit', '--reporter', 'test/reporter.ts'];

/** What c8 measures: our own sources, each of them, also those that no test loads. */
const coverage = [
  ...['c8', '--all', '--check-coverage', '--lines', '85', '--reporter', 'text-summary', '--reporter', 'html'],
  ...['--include', '{certs,control,kube,runtime,settings,sidecars,webhook,manifests}/**/*.ts'],
  // Processes' entry points are run by the cluster tests, in containers. Files of types alone hold nothing to run.
  ...['--exclude', '**/main.ts', '--exclude', 'control/uninstall.ts'],
  ...['--exclude', '**/types.ts', '--exclude', 'webhook/plan/{pod,facts}.ts'],
];

/** Every stage in the order of the gate: what is quick and fails often comes first. */
const stages: readonly Stage[] = [
  { kind: 'check', name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  {
    kind: 'check',
    name: 'lint',
    command: ['eslint', '.', '--max-warnings', '0', '--cache', '--cache-location', 'build/eslint'],
  },
  { kind: 'check', name: 'typecheck', command: ['tsc', '--noEmit'] },
  { kind: 'check', name: 'docs', command: ['node', 'scripts/docs.ts', '--check'] },
  { kind: 'tests', name: 'unit', command: [...coverage, ...mocha, 'test/unit/**/*.test.ts'], needsCluster: false },
  // Installs and uninstalls the chart, so it has a cluster to itself.
  { kind: 'tests', name: 'installation', command: [...mocha, 'test/e2e/chart/**/*.test.ts'], needsCluster: true },
  {
    kind: 'tests',
    name: 'e2e',
    command: [...mocha, '--ignore', 'test/e2e/chart/**', 'test/e2e/**/*.test.ts'],
    needsCluster: true,
  },
];

export const stageNames: readonly string[] = stages.map(({ name }) => name);

export type Selection =
  | { readonly outcome: 'selected'; readonly stages: readonly Stage[] }
  | { readonly outcome: 'refused'; readonly message: string };

/**
 * Reads what to run from the words after `npm test --` or `npm run e2e --`: nothing for all; names of stages; or a
 * stage with the folders of its suites (`e2e telemetry chart`, `unit webhook`), then without the coverage that only all
 * of them reach.
 */
export function selectStages(words: readonly string[]): Selection {
  const named = words.filter((word) => stageNames.includes(word));
  const suites = words.filter((word) => !stageNames.includes(word));
  if (suites.length === 0) {
    const chosen = words.length === 0 ? stages : stages.filter(({ name }) => named.includes(name));
    return { outcome: 'selected', stages: chosen };
  }
  const [stage] = stages.filter(({ name, kind }) => named.includes(name) && kind === 'tests');
  const misspelt = suites.find((suite) => !/^[a-z0-9/_-]+$/.test(suite));
  if (named.length !== 1 || stage?.kind !== 'tests' || misspelt !== undefined) {
    return { outcome: 'refused', message: `run what? ${stageNames.join(', ')}; or "unit" or "e2e" with folders of it` };
  }
  const patterns = suites.map((suite) => `test/${stage.name}/${suite}/**/*.test.ts`);
  return { outcome: 'selected', stages: [{ ...stage, command: [...mocha, ...patterns] }] };
}
