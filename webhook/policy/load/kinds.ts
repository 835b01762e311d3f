import type { ApiResource } from '../../../kube/discovery.ts';
import { nearestOf } from '../../../runtime/nearest.ts';
import { shown } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { PolicyDocument } from '../../../settings/policies/document.ts';
import { matchesKind } from '../../../settings/policies/match.ts';
import type { KindSelector } from '../../../settings/policies/types.ts';

/** Kinds that a policy is for and that the API server does not serve. Code: `UnknownKind`. */
export function unknownKinds(document: PolicyDocument, served: readonly ApiResource[]): readonly Problem[] {
  const selectors =
    document.kind === 'native' ? document.match.kinds : document.constraints.flatMap(({ match }) => match.kinds);
  return selectors.flatMap((selector) => problemsOf(selector, served));
}

function problemsOf({ apiGroups, kinds }: KindSelector, served: readonly ApiResource[]): readonly Problem[] {
  const inGroup = served.filter((resource) => matchesKind([{ apiGroups, kinds: ['*'] }], resource));
  const names = [...new Set(inGroup.map(({ kind }) => kind))];
  return kinds
    .filter((kind) => kind !== '*' && !names.includes(kind))
    .map((kind) => {
      const elsewhere = served.find((each) => each.kind === kind);
      const nearest = elsewhere === undefined ? nearestOf(kind, names) : `${elsewhere.group}/${kind}`;
      return {
        code: 'UnknownKind',
        field: 'match.kinds',
        value: shown(`${apiGroups.filter((group) => group !== '').join('|')}/${kind}`.replace(/^\//, '')),
        allowed: 'a kind that this API server serves, as kubectl api-resources lists them',
        ...(nearest === undefined ? {} : { nearest: nearest.replace(/^\//, '') }),
      };
    });
}
