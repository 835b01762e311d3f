import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseDocument } from 'yaml';
import { shippedPolicies } from '../../../scripts/policies.ts';
import { builtins } from '../../../webhook/policy/builtins/table.ts';
import type { RegoFile } from '../../../webhook/policy/types.ts';
import { openWorkshop } from '../webhook/policy/compile/workshop.ts';
import type { Workshop } from '../webhook/policy/compile/workshop.ts';
import { askOpa, askWebhook } from './engines.ts';
import type { Answers } from './engines.ts';
import { generateRequests } from './requests.ts';
import type { GeneratedRequest } from './requests.ts';

const folder = fileURLToPath(new URL('../../../policies', import.meta.url));
const runs = 400;
/** `REMORA_SEED=7 npx mocha …` asks again what a run printed. */
const seed = Number(process.env['REMORA_SEED'] ?? Date.now() % 2 ** 31);

/** One small change of each policy, which the corpus must tell from the policy. */
const mutants: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  baseline: [
    ['"CHOWN", ', ''],
    ['port.hostPort != 0', 'port.hostPort > 81'],
  ],
  cost: [
    ['total > input.parameters.budget', 'total >= input.parameters.budget'],
    ['container.restartPolicy == "Always"', 'container.restartPolicy == "Never"'],
  ],
  'host-path': [
    ['not mount.readOnly == true', 'not mount.readOnly == false'],
    ['sprintf("%s/", [folder])', 'folder'],
  ],
  images: [
    ['`[.:A-Z]|^localhost$`', '`[.:]|^localhost$`'],
    ['[0-9a-f]{64}$', '[0-9a-f]+$'],
  ],
  owners: [['not regex.match(pattern, value)', 'regex.match(pattern, value)']],
  probes: [['"Always") == "Always"', '"Never") == "Always"']],
  resources: [['\tnot pod.pod.spec.resources[of][resource]\n', '']],
  restricted: [
    ['capability != "NET_BIND_SERVICE"', 'capability != "CHOWN"'],
    ['context.runAsUser == 0', 'context.runAsUser == 1000'],
  ],
  safety: [['15001, ', '']],
  'supply-chain': [['not image.is_from(name', 'image.is_from(name']],
};

function filesOf(name: string): readonly RegoFile[] {
  const { data } = parseDocument(readFileSync(join(folder, name, 'policy.yaml'), 'utf8')).toJS() as {
    readonly data: Readonly<Record<string, string>>;
  };
  return Object.entries(data)
    .filter(([file]) => file.endsWith('.rego') && !file.endsWith('_test.rego'))
    .map(([file, text]) => ({ name: file, text }));
}

function mutated(files: readonly RegoFile[], [from, to]: readonly [string, string]): readonly RegoFile[] {
  expect(
    files.some(({ text }) => text.includes(from)),
    `nothing to change: ${from}`,
  ).to.equal(true);
  return files.map(({ name, text }) => ({ name, text: text.replace(from, () => to) }));
}

/** Requests that two engines answer otherwise, with both answers. */
function differences(ours: Answers, theirs: Answers, requests: readonly GeneratedRequest[]): readonly unknown[] {
  return Object.keys(theirs).flatMap((rule) =>
    requests.flatMap((request, at) => {
      const [mine, other] = [ours[rule]?.[at], theirs[rule]?.[at]];
      return JSON.stringify(mine) === JSON.stringify(other) ? [] : [{ rule, request, ours: mine, opa: other }];
    }),
  );
}

describe('policies that ship, as opa eval has them', function () {
  this.timeout(600_000);
  let workshop: Workshop;

  before('a compiler', async () => {
    workshop = await openWorkshop();
    console.log(`      seed ${seed}`);
  });
  after(async () => {
    await workshop.close();
  });

  for (const name of shippedPolicies(folder)) {
    it(`${name}: says the same of every generated request, in the same words and order`, async () => {
      const { compiler, opa } = workshop;
      const files = filesOf(name);
      const requests = generateRequests(name, runs, seed);
      const ours = await askWebhook(compiler, files, requests);
      const theirs = await askOpa(opa, files, requests, Object.keys(ours));
      expect(differences(ours, theirs, requests).slice(0, 3), `seed ${seed}`).to.deep.equal([]);

      const counts = requests.map((_, at) =>
        Object.values(theirs).reduce((sum, said) => sum + (said[at]?.length ?? 0), 0),
      );
      const violating = counts.filter((count) => count > 0).length;
      const messages = counts.reduce((sum, count) => sum + count, 0);
      const total = requests.length;
      console.log(`      ${total} requests: ${violating} violate, ${total - violating} do not; ${messages} messages`);
      expect(Math.min(violating, total - violating), 'the corpus has both').to.be.greaterThan(total / 20);

      // The comparison sees small things: each mutant of the policy, and a built-in that is a little wrong.
      for (const mutant of mutants[name] ?? []) {
        const others = await askWebhook(compiler, mutated(files, mutant), requests);
        expect(differences(others, theirs, requests), `mutant ${mutant.join(' -> ')}, seed ${seed}`).to.not.be.empty;
      }
      const sprintf = builtins['sprintf']!;
      const wrong = await askWebhook(compiler, files, requests, {
        sprintf: (args, context) => {
          const text = sprintf(args, context);
          return typeof text === 'string' ? text.replaceAll('0', 'O') : text;
        },
      });
      expect(differences(wrong, theirs, requests)).to.not.be.empty;
    });
  }

  it('differ in one thing, which docs/policies.md names: what is reckoned of whole numbers from 1e21 on', async () => {
    const { compiler, opa } = workshop;
    const text = 'package p\n\ndeny contains sprintf("%v", [input.object * 10])\n';
    const files = [{ name: 'p.rego', text }];
    const requests = [1e20, 1e21].map((object) => ({ request: { object }, parameters: {} }));
    const ours = await askWebhook(compiler, files, requests);
    const theirs = await askOpa(opa, files, requests, Object.keys(ours));
    const messages = (answers: Answers): unknown => answers['p/deny']?.map((said) => said?.map((one) => one.message));
    expect(messages(theirs)).to.deep.equal([['1000000000000000000000'], ['10000000000000000000000']]);
    expect(messages(ours)).to.deep.equal([['1000000000000000000000'], ['1e+22']]);
  });

  it('has mutants of every policy', () => {
    expect(Object.keys(mutants)).to.deep.equal(shippedPolicies(folder));
  });
});
