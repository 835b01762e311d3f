import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../sidecars/telemetry/command.ts';
import { fillTelemetry } from '../../sidecars/telemetry/image.ts';
import { cacheRoot } from '../../manifests/images/cache.ts';
import type { BenchOptions } from './main.ts';
import type { Sample } from './report.ts';

/** A program that prints its resident memory in kB on one line when it serves, and then ends by itself. */
interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** What injection would set. */
  readonly injected: Readonly<Record<string, string>>;
  readonly rounds: number;
}

const nodeSource = `
const server = require('node:http').createServer((_, response) => response.end('x'));
server.listen(0, '127.0.0.1', () => {
  console.log(Math.round(process.memoryUsage().rss / 1024));
  server.close();
});
`;

const pythonSource = `
import http.server, resource
IMPORT
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
`;

const javaSource = `
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.*;
public class App {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.start();
    for (String line : Files.readAllLines(Paths.get("/proc/self/status")))
      if (line.startsWith("VmRSS")) System.out.println(line.replaceAll("\\\\D", ""));
    Runtime.getRuntime().halt(0);
  }
}
`;

/**
 * What each language agent costs a process: time from its start until it serves, and resident memory then. "ours" is
 * with the agent, "peer" the same program without it.
 */
export async function benchAgents({ isQuick, tell }: BenchOptions): Promise<readonly Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-agents-'));
  try {
    const cache = join(cacheRoot(process.env), 'telemetry');
    await fillTelemetry(folder, { architecture: 'amd64', cache, environment: process.env });
    const programs = await writePrograms(folder, isQuick);
    const samples: Sample[] = [];
    for (const program of programs) {
      tell(`${program.name}: ${program.rounds} rounds`);
      for (let round = 0; round < program.rounds; round += 1) {
        const without = await start(program, {});
        const withAgent = await start(program, program.injected);
        samples.push(
          { cell: `${program.name}: start`, unit: 'ms', ours: withAgent.milliseconds, peer: without.milliseconds },
          { cell: `${program.name}: memory`, unit: 'MB', ours: withAgent.megabytes, peer: without.megabytes },
        );
      }
    }
    return samples;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writePrograms(folder: string, isQuick: boolean): Promise<readonly Program[]> {
  const apps = join(folder, 'apps');
  await mkdir(apps);
  await writeFile(join(apps, 'app.cjs'), nodeSource);
  await writeFile(join(apps, 'plain.py'), pythonSource.replace('IMPORT', ''));
  await writeFile(join(apps, 'client.py'), pythonSource.replace('IMPORT', 'import urllib.request'));
  await writeFile(join(apps, 'App.java'), javaSource);
  await run('javac', ['App.java'], apps, process.env);
  const rounds = isQuick ? 5 : 15;
  const python = { PYTHONPATH: join(folder, 'python') };
  return [
    {
      name: 'Node, http server',
      command: [process.execPath, join(apps, 'app.cjs')],
      injected: { NODE_OPTIONS: `--require ${join(folder, 'node/remora.cjs')}` },
      rounds,
    },
    { name: 'Python, nothing to trace', command: ['python3', join(apps, 'plain.py')], injected: python, rounds },
    { name: 'Python, urllib', command: ['python3', join(apps, 'client.py')], injected: python, rounds },
    {
      name: 'Java, http server',
      command: ['java', '-cp', apps, 'App'],
      injected: { JAVA_TOOL_OPTIONS: `-javaagent:${join(folder, 'java/remora.jar')}` },
      rounds: isQuick ? 2 : 10,
    },
  ];
}

async function start(
  { command: [file = '', ...words], name }: Program,
  injected: Readonly<Record<string, string>>,
): Promise<{ readonly milliseconds: number; readonly megabytes: number }> {
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    OTEL_SERVICE_NAME: 'bench',
    // Nobody listens there: what is measured is the start, not the sending.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    ...injected,
  };
  const started = performance.now();
  const child = spawn(file, words, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  let served = 0;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    served ||= performance.now();
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const kilobytes = Number(text.trim());
  if (!(kilobytes > 0)) throw new Error(`${name} printed "${text.slice(0, 200)}" instead of its memory`);
  return { milliseconds: served - started, megabytes: kilobytes / 1024 };
}
