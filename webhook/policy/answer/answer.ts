import type { AdmissionResponse } from '../../admission/response.ts';
import { allowed, denied, warned } from '../../admission/response.ts';
import type { Enforcement, Evaluation, OnFailure, Violation } from '../types.ts';

/** Where a policy stands, and what its messages are headed by. */
export interface PolicyName {
  readonly namespace: string;
  /** Name of the ConfigMap. */
  readonly name: string;
  /** `remora-system/owner-labels`, or the name of a Gatekeeper constraint, as Gatekeeper writes it. */
  readonly title: string;
}

/** What one rule of one policy said about one request. */
export interface Verdict {
  readonly policy: PolicyName;
  readonly enforcement: Enforcement;
  readonly onFailure: OnFailure;
  readonly evaluation: Evaluation;
}

/** Violations that one message names; the audit has them all. */
const shownViolations = 20;
const shownLength = 500;

/**
 * Answers a request for all its policies at once: refused when one that enforces `deny` is violated, or could not answer
 * and says `on-failure: deny`; warnings for `warn`; nothing that a user sees for `dryrun`.
 *
 * Codes: `PolicyViolated`; `PolicyFailed` when only failures refuse, and in warnings of failures that let pass. `advice`
 * is what would pass, where a policy says so.
 */
export function answerVerdicts(verdicts: readonly Verdict[], advice?: string): AdmissionResponse {
  const denials = linesOf(verdicts.filter(({ enforcement }) => enforcement === 'deny'));
  const failures = verdicts.filter(({ evaluation }) => evaluation.outcome === 'failed');
  const fatal = failures.filter(({ enforcement, onFailure }) => enforcement === 'deny' && onFailure === 'deny');
  const warnings = [
    ...listed(linesOf(verdicts.filter(({ enforcement }) => enforcement === 'warn'))),
    ...failures.filter((failure) => enforced(failure) && !fatal.includes(failure)).map(passedOver),
  ];
  const refused = [...denials, ...fatal.map(failed)];
  if (refused.length === 0) return warned({ ...allowed(), auditAnnotations: auditOf(verdicts) }, warnings);
  const policies = unique([...violated(verdicts, 'deny'), ...fatal.map(({ policy }) => policy)]);
  const code = denials.length > 0 ? 'PolicyViolated' : 'PolicyFailed';
  const message = [...listed(refused), ...(advice === undefined ? [] : [advice]), howToSee(policies)].join('\n');
  const response = denied(code, message);
  return warned({ ...response, auditAnnotations: { ...response.auditAnnotations, ...auditOf(verdicts) } }, warnings);
}

function enforced({ enforcement }: Verdict): boolean {
  return enforcement !== 'dryrun';
}

/** `[title] message`, as Gatekeeper heads its messages. */
function linesOf(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.flatMap(({ policy, evaluation }) =>
    evaluation.outcome === 'evaluated'
      ? evaluation.violations.map(({ message }) => `[${policy.title}] ${cut(message)}`)
      : [],
  );
}

function failed({ policy, evaluation }: Verdict): string {
  const { code, message } = evaluation.outcome === 'failed' ? evaluation : { code: 'PolicyBroken', message: '' };
  return `[${policy.title}] could not be evaluated: ${cut(message)} [${code}]`;
}

function passedOver(verdict: Verdict): string {
  return `${failed(verdict)}; it lets pass what it cannot judge (on-failure: allow) [PolicyFailed]`;
}

function listed(lines: readonly string[]): readonly string[] {
  const rest = lines.length - shownViolations;
  return [...lines.slice(0, shownViolations), ...(rest > 0 ? [`and ${rest} more; the audit lists them all`] : [])];
}

function howToSee(policies: readonly PolicyName[]): string {
  const [first, ...others] = policies;
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `To see it: kubectl -n ${first.namespace} get configmap ${first.name} -o yaml${more}. docs/errors.md#policyviolated`;
}

function violated(verdicts: readonly Verdict[], enforcement: Enforcement): readonly PolicyName[] {
  return unique(
    verdicts
      .filter((verdict) => verdict.enforcement === enforcement && violationsOf(verdict).length > 0)
      .map(({ policy }) => policy),
  );
}

function violationsOf({ evaluation }: Verdict): readonly Violation[] {
  return evaluation.outcome === 'evaluated' ? evaluation.violations : [];
}

function unique(policies: readonly PolicyName[]): readonly PolicyName[] {
  return [...new Map(policies.map((policy) => [`${policy.namespace}/${policy.name}`, policy])).values()];
}

/** Names of policies by what they said, for the API server's audit log. */
function auditOf(verdicts: readonly Verdict[]): Readonly<Record<string, string>> {
  const names = (policies: readonly PolicyName[]): string =>
    policies
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .sort()
      .join(',');
  const entries = (['deny', 'warn', 'dryrun'] as const).map(
    (enforcement) => [`policies-${enforcement}`, names(violated(verdicts, enforcement))] as const,
  );
  const failures = unique(
    verdicts.filter(({ evaluation }) => evaluation.outcome === 'failed').map(({ policy }) => policy),
  );
  return Object.fromEntries(
    [...entries, ['policies-failed', names(failures)] as const].filter(([, text]) => text !== ''),
  );
}

function cut(message: string): string {
  const runes = Array.from(message);
  return runes.length > shownLength ? `${runes.slice(0, shownLength - 1).join('')}…` : message;
}
