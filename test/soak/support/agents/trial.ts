import { spawn } from 'node:child_process';
import type { Receiver } from './receiver.ts';

/** What an agent is meant to do in a program. */
export type Expected =
  | { readonly outcome: 'traces' }
  /** It leaves with one line that names this code. */
  | { readonly outcome: 'leaves'; readonly code: string }
  /** It leaves without a word. */
  | { readonly outcome: 'is silent' };

export interface Trial {
  readonly name: string;
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What the program prints when it has done its work, agent or not. */
  readonly prints: RegExp;
  readonly expected: Expected;
}

/** Runs one program to its end. Returns what was wrong, or undefined. */
export async function tryOut(trial: Trial, receiver: Receiver): Promise<string | undefined> {
  receiver.take();
  const { status, output, errors } = await execute(trial, receiver.endpoint);
  const spans = receiver.take();
  const said = errors.split('\n').filter((line) => line.startsWith('remora telemetry: '));
  const problem = judge(trial, { status, output: `${output}${errors}`, spans, said });
  return problem === undefined
    ? undefined
    : `${trial.name}: ${problem}; it said ${JSON.stringify(errors.trim().split('\n').slice(-5))}`;
}

interface Seen {
  readonly status: number | null;
  readonly output: string;
  readonly spans: number;
  readonly said: readonly string[];
}

/** Compares what a program did with what was meant: it always does its own work, whatever the agent does. */
function judge({ prints, expected }: Trial, { status, output, spans, said }: Seen): string | undefined {
  if (status !== 0) return `the program ended with ${status ?? 'a signal'}`;
  if (!prints.test(output)) return 'the program did not do its work';
  switch (expected.outcome) {
    case 'traces':
      if (spans === 0) return 'no spans came';
      return said.length > 0 ? `it complained: ${said.join(' ')}` : undefined;
    case 'leaves':
      if (spans > 0) return 'spans came';
      return said.length === 1 && said[0]?.startsWith(`remora telemetry: ${expected.code}: `) === true
        ? undefined
        : `not one line with ${expected.code}: ${JSON.stringify(said)}`;
    case 'is silent':
      if (spans > 0) return 'spans came';
      return said.length > 0 ? `it was not silent: ${said.join(' ')}` : undefined;
  }
}

const deadlineMs = 180_000;

async function execute(
  { command: [program = '', ...words], variables }: Trial,
  endpoint: string,
): Promise<{ readonly status: number | null; readonly output: string; readonly errors: string }> {
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PYTHONDONTWRITEBYTECODE: '1',
    OTEL_SERVICE_NAME: 'soak',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    ...variables,
  };
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: deadlineMs });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, output, errors };
}
