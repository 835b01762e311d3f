import { expect } from 'chai';
import { workloadExpansions } from '../../../../../settings/policies/gatekeeper/expansion.ts';
import type { Expansion } from '../../../../../settings/policies/gatekeeper/types.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import type { NamespaceFacts } from '../../../../../settings/types.ts';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import { judge } from '../../../../../webhook/policy/admit/judge.ts';
import type { JudgeDependencies } from '../../../../../webhook/policy/admit/judge.ts';
import { answerVerdicts } from '../../../../../webhook/policy/answer/answer.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import type { Item } from '../../../../../webhook/policy/evaluate/protocol.ts';
import type { LoadedExpansion, LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import type { Evaluation, Violation } from '../../../../../webhook/policy/types.ts';
import { loadedPolicy } from '../loaded.ts';

const pods = { ...matchAll, kinds: [{ apiGroups: [''], kinds: ['Pod'] }] };
const [workloads] = workloadExpansions as readonly [Expansion];
const expandAll: LoadedExpansion = { namespace: 'remora-system', isForAll: true, expansion: workloads };

/** A policy for pods of all namespaces, whose module is called as it is. */
function policy(name: string, more: Partial<LoadedPolicy> = {}): LoadedPolicy {
  return loadedPolicy(
    { namespace: 'remora-system', name },
    {
      isForAll: true,
      match: pods,
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      rules: [{ module: name, entrypoint: 'p/deny', enforcement: 'deny' }],
      ...more,
    },
  );
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { weight: 1_000_000 },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [], weight: 1_000_000 } } },
};

function request(object: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const { kind } = object as { readonly kind: string };
  const { operation = 'CREATE', oldObject } = more;
  const resource = { group: kind === 'Deployment' ? 'apps' : '', version: 'v1', resource: `${kind.toLowerCase()}s` };
  const of = operation === 'DELETE' ? null : object;
  return {
    uid: 'u',
    operation,
    resource,
    kind,
    namespace: 'shop',
    name: 'web',
    username: 'someone',
    isDryRun: false,
    object: of ?? undefined,
    oldObject,
    source: { uid: 'u', operation, namespace: 'shop', object: of, oldObject: oldObject ?? null },
    ...more,
  };
}

/** What a question to the threads was: the review as text, and modules with what goes with them. */
interface Question {
  readonly review: string;
  readonly items: readonly Item[];
}

describe('policy/admit: judging', () => {
  let questions: Question[];
  /** What modules say, by their names; the others say that they were asked. */
  let says: Readonly<Record<string, readonly Violation[] | Evaluation>>;

  const ask = async (
    of: AdmissionRequest,
    policies: readonly LoadedPolicy[],
    more: Partial<JudgeDependencies> = {},
  ): Promise<readonly Verdict[]> =>
    await judge(of, policies, {
      pool: {
        evaluate: (review, items) => {
          questions.push({ review, items });
          return Promise.resolve(
            items.map(({ module }): Evaluation => {
              const said = says[module] ?? [{ message: `no ${module}`, details: {} }];
              return 'outcome' in said ? said : { outcome: 'evaluated', violations: said };
            }),
          );
        },
      },
      cluster: {
        awaitNamespace: (name): Promise<NamespaceFacts> =>
          Promise.resolve({ name, labels: { tier: 'front' }, annotations: { a: 'b' } }),
      },
      inventory: { dataOf: () => ({ outcome: 'unknown', message: 'data.inventory has no v1/Service yet' }) },
      expansions: () => [expandAll],
      ...more,
    });

  const messages = (verdicts: readonly Verdict[]): readonly string[] =>
    verdicts.flatMap(({ policy: { title }, enforcement, evaluation }) =>
      evaluation.outcome === 'failed'
        ? [`${title} ${enforcement} ${evaluation.code}: ${evaluation.message}`]
        : evaluation.violations.map(({ message }) => `${title} ${enforcement}: ${message}`),
    );
  const modules = (): readonly (readonly string[])[] => questions.map(({ items }) => items.map(({ module }) => module));
  const reviews = (): readonly Record<string, unknown>[] =>
    questions.map(({ review }) => JSON.parse(review) as Record<string, unknown>);

  beforeEach(() => {
    questions = [];
    says = {};
  });

  describe('the object of a request', () => {
    it('asks nobody where no policy is for it', async () => {
      expect(await ask(request(pod), [policy('a', { operations: ['DELETE'] })])).to.deep.equal([]);
      expect(questions).to.deep.equal([]);
    });

    it('asks once in each of the two forms, and answers in the order of the policies', async () => {
      const verdicts = await ask(request(pod), [
        policy('a'),
        policy('b', { input: 'gatekeeper', parameters: '{"word":1}', onFailure: 'deny' }),
        policy('c', {
          rules: [
            { module: 'c', entrypoint: 'p/deny', enforcement: 'deny' },
            { module: 'd', entrypoint: 'p/warn', enforcement: 'warn' },
          ],
        }),
        policy('e', { input: 'gatekeeper' }),
      ]);
      expect(modules()).to.deep.equal([
        ['a', 'c', 'd'],
        ['b', 'e'],
      ]);
      expect(messages(verdicts)).to.deep.equal([
        'remora-system/a deny: no a',
        'remora-system/b deny: no b',
        'remora-system/c deny: no c',
        'remora-system/c warn: no d',
        'remora-system/e deny: no e',
      ]);
      expect(verdicts.map(({ onFailure }) => onFailure)).to.deep.equal(['allow', 'deny', 'allow', 'allow', 'allow']);
      expect(questions[1]?.items[0]).to.deep.equal({
        module: 'b',
        entrypoint: 'p/deny',
        input: 'gatekeeper',
        parameters: '{"word":1}',
      });
    });

    it('shows native policies the request as the API server wrote it', async () => {
      const of = request(pod);
      await ask(of, [policy('a')]);
      expect(questions.map(({ review }) => review)).to.deep.equal([JSON.stringify(of.source)]);
    });

    it('shows Gatekeeper’s policies its review: numbers as Go spells them, and the Namespace', async () => {
      await ask(request(pod), [policy('a', { input: 'gatekeeper' })]);
      expect(questions[0]?.review).to.contain('"spec":{"weight":1e+06}');
      expect(reviews()[0]).to.deep.include({
        operation: 'CREATE',
        namespace: 'shop',
        object: pod,
        oldObject: null,
        namespaceObject: {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'shop', labels: { tier: 'front' }, annotations: { a: 'b' } },
        },
      });
    });

    it('shows as the object of a deletion, in both forms, the object that goes', async () => {
      await ask(request(pod, { operation: 'DELETE', oldObject: pod }), [
        policy('a'),
        policy('b', { input: 'gatekeeper' }),
      ]);
      expect(reviews()).to.have.length(2);
      for (const review of reviews()) {
        expect(review).to.deep.include({ operation: 'DELETE', object: pod, oldObject: pod });
      }
    });

    it('judges a deletion that does not say what goes as it came', async () => {
      const blind = request(pod, { operation: 'DELETE' });
      const everything = policy('a', { input: 'gatekeeper', match: matchAll });
      // Nothing is there that could match, so that nobody is asked.
      expect(await ask(blind, [everything])).to.deep.equal([]);
    });

    it('asks neither the policies of another namespace, nor, about what has none, those of any', async () => {
      const own = policy('own', {
        name: { namespace: 'shop', name: 'own', title: 'own' },
        isForAll: false,
        match: matchAll,
      });
      const foreign = { ...own, name: { namespace: 'bank', name: 'own', title: 'foreign' } };
      expect(messages(await ask(request(pod), [own, foreign]))).to.deep.equal(['own deny: no own']);
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
      expect(await ask(request(namespace), [own, foreign])).to.deep.equal([]);
      const { namespace: _, ...cluster } = request({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'shop' } });
      expect(await ask(cluster, [own, foreign])).to.deep.equal([]);
      expect(messages(await ask(request(namespace), [policy('all', { match: matchAll })]))).to.deep.equal([
        'remora-system/all deny: no all',
      ]);
    });

    it('fails a policy whose inventory is not known, and asks the others', async () => {
      const wanting = policy('a', { inventory: [{ group: '', version: 'v1', kind: 'Service' }] });
      expect(messages(await ask(request(pod), [wanting, policy('b')]))).to.deep.equal([
        'remora-system/a deny PolicyBroken: data.inventory has no v1/Service yet',
        'remora-system/b deny: no b',
      ]);
      expect(modules()).to.deep.equal([['b']]);
    });

    it('hands over the inventory of those that want one, and asks for none for the others', async () => {
      const asked: string[] = [];
      const data = { outcome: 'known', key: 'k', json: Buffer.from('{"inventory":{}}') } as const;
      await ask(
        request(pod),
        [policy('a', { inventory: [{ group: '', version: 'v1', kind: 'Service' }] }), policy('b')],
        {
          inventory: {
            dataOf: ({ name }) => {
              asked.push(name.name);
              return data;
            },
          },
        },
      );
      expect(asked).to.deep.equal(['a']);
      expect(questions[0]?.items.map((item) => item.data)).to.deep.equal([data, undefined]);
    });

    it('fails each rule of a policy that selects by labels of a namespace that is not known', async () => {
      const selecting = policy('a', {
        match: { ...pods, namespaceSelector: { matchLabels: { tier: 'front' }, matchExpressions: [] } },
        rules: ['deny', 'warn'].map((enforcement) => ({
          module: 'a',
          entrypoint: `p/${enforcement}`,
          enforcement: enforcement as 'deny' | 'warn',
        })),
      });
      const unknown = { awaitNamespace: () => Promise.resolve(undefined) };
      const verdicts = await ask(request(pod), [selecting], { cluster: unknown });
      expect(verdicts.map(({ enforcement, evaluation }) => [enforcement, evaluation.outcome])).to.deep.equal([
        ['deny', 'failed'],
        ['warn', 'failed'],
      ]);
      expect(messages(await ask(request(pod), [selecting]))).to.have.length(2);
    });

    it('says so of an answer that got lost', async () => {
      const pool = { evaluate: () => Promise.resolve([]) };
      expect(messages(await ask(request(pod), [policy('a')], { pool }))).to.deep.equal([
        'remora-system/a deny PolicyBroken: was not answered',
      ]);
    });
  });

  describe('what controllers would make of it', () => {
    it('is judged by the policies for it, in both forms, under the name of the expansion', async () => {
      const verdicts = await ask(request(deployment), [policy('a'), policy('b', { input: 'gatekeeper' })]);
      expect(messages(verdicts)).to.deep.equal([
        'remora-system/a deny: [Implied by apps] no a',
        'remora-system/b deny: [Implied by apps] no b',
      ]);
      expect(modules()).to.deep.equal([['a'], ['b']]);
      const made = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          labels: { app: 'web' },
          name: 'web-pod',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '' }],
        },
        spec: { containers: [], weight: 1_000_000 },
      };
      for (const review of reviews()) {
        expect(review).to.deep.include({ operation: 'CREATE', namespace: 'shop', name: 'web-pod', object: made });
        expect(review['kind']).to.deep.equal({ group: '', version: 'v1', kind: 'Pod' });
        expect(review).to.have.nested.property('namespaceObject.metadata.labels.tier', 'front');
      }
      expect(questions.map(({ review }) => /"weight":([^}]*)}/.exec(review)?.[1])).to.deep.equal(['1000000', '1e+06']);
    });

    it('comes after the object itself', async () => {
      const verdicts = await ask(request(deployment), [policy('a', { match: matchAll })]);
      expect(messages(verdicts)).to.deep.equal([
        'remora-system/a deny: no a',
        'remora-system/a deny: [Implied by apps] no a',
      ]);
    });

    const sources: readonly (readonly [source: LoadedPolicy['source'], said: readonly string[]])[] = [
      ['All', ['remora-system/a deny: no a', 'remora-system/a deny: [Implied by apps] no a']],
      ['Original', ['remora-system/a deny: no a']],
      ['Generated', ['remora-system/a deny: [Implied by apps] no a']],
    ];
    for (const [source, said] of sources) {
      it(`is judged with source ${source}: ${said.length} verdicts`, async () => {
        expect(messages(await ask(request(deployment), [policy('a', { match: matchAll, source })]))).to.deep.equal(
          said,
        );
      });
    }

    it('is enforced as the expansion says, failures too', async () => {
      const expansions = (): readonly LoadedExpansion[] => [
        { ...expandAll, expansion: { ...workloads, enforcement: 'warn' } },
      ];
      says = { b: { outcome: 'failed', code: 'PolicyTimeout', message: 'late' } };
      expect(messages(await ask(request(deployment), [policy('a'), policy('b')], { expansions }))).to.deep.equal([
        'remora-system/a warn: [Implied by apps] no a',
        'remora-system/b warn PolicyTimeout: [Implied by apps] late',
      ]);
    });

    it('carries no patch: it would be one of what nobody wrote', async () => {
      says = { a: [{ message: 'm', details: { patch: [{ op: 'remove', path: '/spec' }], other: 1 } }] };
      const [verdict] = await ask(request(deployment), [policy('a')]);
      expect(verdict?.evaluation).to.deep.equal({
        outcome: 'evaluated',
        violations: [{ message: '[Implied by apps] m', details: { other: 1 } }],
      });
    });

    it('is made at a change too, and not at a deletion', async () => {
      const changed = request(deployment, { operation: 'UPDATE', oldObject: deployment });
      expect(await ask(changed, [policy('a')])).to.have.length(1);
      expect(reviews()[0]).to.include({ operation: 'UPDATE', oldObject: null });
      expect(
        await ask(request(deployment, { operation: 'DELETE', oldObject: deployment }), [policy('a')]),
      ).to.deep.equal([]);
    });

    it('is for the namespace’s own policies too', async () => {
      const own = policy('own', { name: { namespace: 'shop', name: 'own', title: 'own' }, isForAll: false });
      const foreign = { ...own, name: { namespace: 'bank', name: 'own', title: 'foreign' } };
      expect(messages(await ask(request(deployment), [own, foreign]))).to.deep.equal([
        'own deny: [Implied by apps] no own',
      ]);
    });

    describe('by an expansion of a namespace', () => {
      const ownExpansion = (namespace: string, more: Partial<Expansion> = {}): LoadedExpansion => ({
        namespace,
        isForAll: false,
        expansion: { ...workloads, name: `of-${namespace}`, ...more },
      });
      const broken = ownExpansion('shop', { templateSource: ['spec', 'none'] });
      const failure = 'expansion warn ExpansionFailed: Deployment web has no map at spec.none, which of-shop expands';

      it('is judged in that namespace, and made in no other', async () => {
        const expansions = (): readonly LoadedExpansion[] => [ownExpansion('shop'), ownExpansion('bank')];
        expect(messages(await ask(request(deployment), [policy('a')], { expansions }))).to.deep.equal([
          'remora-system/a deny: [Implied by of-shop] no a',
        ]);
      });

      it('lets pass, with a warning, what has no template for it; the object itself is judged', async () => {
        const verdicts = await ask(request(deployment), [policy('a', { match: matchAll })], {
          expansions: () => [broken],
        });
        expect(messages(verdicts)).to.deep.equal(['remora-system/a deny: no a', failure]);
        const passed = await ask(request(deployment), [policy('a')], { expansions: () => [broken] });
        const answer = answerVerdicts(passed);
        expect(answer.outcome).to.equal('allowed');
        expect(answer.warnings.join()).to.contain('[ExpansionFailed]').and.contain('lets pass what it cannot judge');
      });

      it('takes nothing away from the expansions for all when it fails', async () => {
        const verdicts = await ask(request(deployment), [policy('a')], { expansions: () => [broken, expandAll] });
        expect(messages(verdicts)).to.deep.equal(['remora-system/a deny: [Implied by apps] no a', failure]);
      });

      it('is named once when those for all fail as well', async () => {
        const forAll = { ...broken, namespace: 'remora-system', isForAll: true };
        const verdicts = await ask(request(deployment), [policy('a')], {
          expansions: () => [forAll, ownExpansion('shop')],
        });
        expect(messages(verdicts)).to.deep.equal([failure]);
      });
    });
  });
});
