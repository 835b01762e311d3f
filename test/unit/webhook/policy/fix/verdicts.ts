import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import type { Violation } from '../../../../../webhook/policy/types.ts';

/** What a policy that enforces `deny` said of a request. */
export function verdict(title: string, violations: readonly Violation[], more: Partial<Verdict> = {}): Verdict {
  return {
    policy: { namespace: 'shop', name: title, title },
    enforcement: 'deny',
    onFailure: 'allow',
    evaluation: { outcome: 'evaluated', violations },
    ...more,
  };
}

/** A violation that carries a patch, or whatever an author took for one. */
export function patching(patch: unknown, message = 'm'): Violation {
  return { message, details: { patch } };
}
