import process from 'node:process';
import { connect } from '../kube/connect.ts';
import { resources } from '../kube/resources.ts';
import { systemTimer } from '../runtime/clock.ts';
import { describeProblem } from '../runtime/problem.ts';
import { removeFromAdmission } from './removal/gate.ts';
import { describeInjectedPods, injectedPods } from './removal/injected.ts';

/**
 * The pre-delete hook of the chart: takes Remora out of admission, then lists the pods that are still injected.
 * It needs neither the webhook nor control. Exits 1 when admission could not be cleared, so that Helm stops and
 * nothing stays behind that refuses pods with nobody to answer.
 */
async function main(): Promise<number> {
  const connected = await connect({
    environment: process.env,
    timer: systemTimer,
    random: Math.random,
    userAgent: 'remora-uninstall',
  });
  if (connected.outcome === 'refused') {
    for (const problem of connected.problems) process.stderr.write(`${describeProblem(problem)}\n`);
    return 1;
  }
  const { client } = connected.value;
  const failures = await removeFromAdmission(client, systemTimer);
  if (failures.length > 0) {
    for (const { code, message } of failures)
      process.stderr.write(`Not removed from admission: ${message} [${code}]\n`);
    return 1;
  }
  process.stdout.write('Remora is out of admission: no pod is changed or refused by it any more.\n');
  const pods = await client.list(resources.pods, { metadataOnly: true });
  if (pods.outcome === 'failed') {
    process.stdout.write(`The pods that are still injected could not be listed: ${pods.message} [${pods.code}]\n`);
    return 0;
  }
  process.stdout.write(describeInjectedPods(injectedPods(pods.value.items)));
  return 0;
}

process.exitCode = await main();
