import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runOpa } from '../../../../../webhook/policy/compile/child.ts';
import type { ChildLimits } from '../../../../../webhook/policy/compile/child.ts';

const limits: ChildLimits = {
  cpuSeconds: 1,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 64 * 1024,
  fileBytes: 1024 * 1024,
};

/** Runs a shell script in the place of opa: it sees what opa would see. */
describe('policy/compile/child', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'remora-child-'));
  });
  after(async () => rm(folder, { recursive: true }));

  const run = async (script: string, signal = new AbortController().signal, more: Partial<ChildLimits> = {}) => {
    const opaPath = join(folder, 'opa');
    await writeFile(opaPath, `#!/bin/sh\n${script}\n`);
    await chmod(opaPath, 0o755);
    const tools = { opaPath, prlimitPath: '/usr/bin/prlimit', nicePath: '/usr/bin/nice' };
    return await runOpa(['build', 'a b'], folder, tools, { ...limits, ...more }, signal);
  };

  it('hands over words, output and status', async () => {
    expect(await run('echo "$# $2"; echo oh >&2; exit 2')).to.deep.equal({
      outcome: 'ended',
      status: 2,
      output: '2 a b\n',
      errors: 'oh\n',
    });
  });

  it('gives it an environment with nothing but Go’s limits, its folder, no input, and the lowest priority', async () => {
    process.env['REMORA_PLANTED'] = 'a secret of the webhook';
    const ended = await run('/usr/bin/env; /bin/pwd; /usr/bin/nice; /usr/bin/head -c 1 | /usr/bin/wc -c');
    delete process.env['REMORA_PLANTED'];
    const lines = ended.outcome === 'ended' ? ended.output.trim().split('\n') : [];
    // What the shell itself adds, and what Node tells every child while it measures coverage.
    const kept = lines.filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_|NODE_V8_COVERAGE)=/.test(line));
    expect(kept.sort()).to.deep.equal(['0', '19', 'GOMAXPROCS=1', `GOMEMLIMIT=214748364`, folder].sort());
  });

  it('sets the limits of the kernel', async () => {
    const ended = await run('/usr/bin/prlimit --pid $$ --output RESOURCE,HARD --noheadings --raw');
    const printed = ended.outcome === 'ended' ? ended.output : '';
    const hard = Object.fromEntries(printed.split('\n').map((line) => line.split(' ') as [string, string]));
    expect(hard).to.include({ CPU: '1', DATA: '268435456', FSIZE: '1048576', CORE: '0' });
  });

  it('stops what takes more CPU than it may', async () => {
    const ended = await run('while :; do :; done');
    expect(ended).to.have.property('outcome', 'stopped');
    expect(ended).to.have.property('reason').that.includes('more than 1 s of CPU');
  });

  it('stops what prints too much, to either side', async () => {
    for (const side of ['', '>&2']) {
      const ended = await run(`while :; do echo 0123456789012345678901234567890123456789 ${side}; done`, undefined, {
        cpuSeconds: 60,
      });
      expect(ended, side).to.deep.equal({ outcome: 'stopped', reason: 'OPA printed more than 65536 bytes' });
    }
  });

  it('stops what writes too large a file', async () => {
    const ended = await run(`exec /usr/bin/head -c 2000000 /dev/zero > ${folder}/large`);
    expect(ended).to.have.property('outcome', 'stopped');
  });

  it('stops when it is told to, at once when that was before, and says why', async () => {
    const late = new AbortController();
    const running = run('while :; do :; done', late.signal, { cpuSeconds: 60 });
    late.abort(new Error('nobody waits'));
    expect(await running).to.deep.equal({ outcome: 'stopped', reason: 'nobody waits' });
    expect(await run('echo', AbortSignal.abort('gone'))).to.deep.equal({ outcome: 'stopped', reason: 'gone' });
  });

  it('knows Go’s ways of breaking down from an error of the text', async () => {
    const memory = await run('echo "fatal error: runtime: out of memory" >&2; exit 2');
    expect(memory).to.deep.equal({ outcome: 'stopped', reason: 'OPA needed more than 256 MiB of memory' });
    const panic = await run('echo "panic: index out of range" >&2; exit 2');
    expect(panic).to.deep.equal({ outcome: 'stopped', reason: 'OPA broke down: panic: index out of range' });
    const silent = await run('exit 2');
    expect(silent).to.have.property('outcome', 'stopped');
    const crash = await run('kill -SEGV $$');
    expect(crash).to.have.property('outcome', 'stopped');
  });

  it('tells that opa could not be started from what opa says', async () => {
    const missing = { opaPath: '/nowhere', prlimitPath: '/usr/bin/prlimit', nicePath: '/usr/bin/nice' };
    const { signal } = new AbortController();
    expect(await runOpa([], folder, missing, limits, signal)).to.have.property('outcome', 'unavailable');
    const alone = { ...missing, nicePath: '/nowhere' };
    expect(await runOpa([], folder, alone, limits, signal)).to.have.property('outcome', 'unavailable');
  });
});
