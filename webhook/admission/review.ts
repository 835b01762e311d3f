import { describeProblem, shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** `{ group: 'apps', version: 'v1', resource: 'deployments' }`; the core group is ''. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/**
 * One admission request (admission.k8s.io/v1), as handlers see it.
 *
 * The envelope comes from the API server. `object` and `oldObject` were written by a cluster's user and are parsed
 * by the handler that knows their kind.
 */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: AdmissionOperation;
  readonly resource: GroupVersionResource;
  /** `ephemeralcontainers`, `scale`, …; absent for the object itself. */
  readonly subResource?: string;
  /** Kind of `object`: `Pod`, `Deployment`, … */
  readonly kind: string;
  /** Namespace of the request; absent for what is cluster-wide. For a Namespace it is its own name. */
  readonly namespace?: string;
  /** Empty or absent when the object asks for a generated name. */
  readonly name?: string;
  /** User who asks: `system:serviceaccount:kube-system:replicaset-controller`. */
  readonly username: string;
  /** Nothing may be recorded for a dry run (`sideEffects: NoneOnDryRun`). */
  readonly isDryRun: boolean;
  /** The object that is asked for; undefined for DELETE. */
  readonly object: unknown;
  /** The object as it is stored; undefined for CREATE. */
  readonly oldObject: unknown;
  /** The whole request as the API server wrote it: the input of policies. */
  readonly source: Readonly<Record<string, unknown>>;
}

/**
 * What a body turned out to be: a request, or a mistake of its sender.
 *
 * With a `uid` the mistake is answered by an AdmissionReview, which the API server shows to its user; without one
 * only HTTP 400 is left.
 */
export type ParsedReview =
  | { readonly outcome: 'request'; readonly request: AdmissionRequest }
  | { readonly outcome: 'malformed'; readonly uid?: string; readonly code: ReviewFault; readonly message: string };

export type ReviewFault = 'MalformedReview' | 'UnsupportedReview';

export const reviewApiVersion = 'admission.k8s.io/v1';
export const reviewKind = 'AdmissionReview';

const operations: ReadonlySet<unknown> = new Set<AdmissionOperation>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

type Fields = Readonly<Record<string, unknown>>;

/** Reads an AdmissionReview from a request's body (JSON text). Never throws. */
export function parseReviewText(text: string): ParsedReview {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the body, which may hold anything; it is cut and its control characters go.
    return malformed(undefined, `body is not JSON: ${shown(error instanceof Error ? error.message : error)}`);
  }
  return parseReview(body);
}

/**
 * Reads an AdmissionReview from parsed JSON, and reports every fault of the envelope at once.
 *
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function parseReview(body: unknown): ParsedReview {
  if (!isFields(body)) return malformed(undefined, 'body is not a JSON object');
  const request = body['request'];
  if (!isFields(request)) return malformed(undefined, 'request is missing');
  const uid = request['uid'];
  if (typeof uid !== 'string' || uid === '') return malformed(undefined, 'request.uid is missing');
  if (body['apiVersion'] !== reviewApiVersion || body['kind'] !== reviewKind) {
    return {
      outcome: 'malformed',
      uid,
      code: 'UnsupportedReview',
      message: `Remora reads ${reviewKind} of ${reviewApiVersion}, not ${shown(body['kind'])} of ${shown(body['apiVersion'])}`,
    };
  }
  const problems = envelopeProblems(request);
  return problems.length > 0
    ? malformed(uid, problems.map(describeProblem).join('; '))
    : { outcome: 'request', request: requestOf(uid, request) };
}

/** Rules of the envelope; after they hold, `requestOf` only copies. */
function envelopeProblems(request: Fields): readonly Problem[] {
  const rules: readonly (readonly [field: string, isValid: boolean, value: unknown, allowed: string])[] = [
    [
      'request.operation',
      operations.has(request['operation']),
      request['operation'],
      'CREATE, UPDATE, DELETE or CONNECT',
    ],
    ['request.resource', isResource(request['resource']), request['resource'], 'an object of group, version, resource'],
    ['request.kind.kind', isKind(request['kind']), request['kind'], 'an object with the text kind'],
    ...(['namespace', 'name', 'subResource'] as const).map(
      (key) => [`request.${key}`, isOptionalText(request[key]), request[key], 'a text'] as const,
    ),
    ['request.dryRun', isOptionalBoolean(request['dryRun']), request['dryRun'], 'true or false'],
    [
      'request.userInfo',
      isAbsent(request['userInfo']) || isFields(request['userInfo']),
      request['userInfo'],
      'an object',
    ],
    [
      'request.object',
      isAbsent(request['object']) || isFields(request['object']),
      request['object'],
      'an object or null',
    ],
    [
      'request.oldObject',
      isAbsent(request['oldObject']) || isFields(request['oldObject']),
      request['oldObject'],
      'an object or null',
    ],
  ];
  return rules
    .filter(([, isValid]) => !isValid)
    .map(([field, , value, allowed]) => ({ code: 'MalformedReview', field, value: shown(value), allowed }));
}

function requestOf(uid: string, request: Fields): AdmissionRequest {
  const resource = fieldsOf(request['resource']);
  const namespace = textOf(request['namespace']);
  const name = textOf(request['name']);
  const subResource = textOf(request['subResource']);
  return {
    uid,
    operation: request['operation'] as AdmissionOperation,
    resource: {
      group: textOf(resource['group']) ?? '',
      version: textOf(resource['version']) ?? '',
      resource: textOf(resource['resource']) ?? '',
    },
    kind: textOf(fieldsOf(request['kind'])['kind']) ?? '',
    ...(subResource === undefined ? {} : { subResource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    username: textOf(fieldsOf(request['userInfo'])['username']) ?? '',
    isDryRun: request['dryRun'] === true,
    object: request['object'] ?? undefined,
    oldObject: request['oldObject'] ?? undefined,
    source: request,
  };
}

function malformed(uid: string | undefined, message: string): ParsedReview {
  return { outcome: 'malformed', code: 'MalformedReview', message, ...(uid === undefined ? {} : { uid }) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Go leaves empty texts out or writes them empty; both mean absent. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isOptionalText(value: unknown): boolean {
  return isAbsent(value) || typeof value === 'string';
}

function isOptionalBoolean(value: unknown): boolean {
  return isAbsent(value) || typeof value === 'boolean';
}

function isResource(value: unknown): boolean {
  return (
    isFields(value) &&
    ['group', 'version', 'resource'].every((key) => isOptionalText(value[key])) &&
    !!value['resource']
  );
}

function isKind(value: unknown): boolean {
  return isFields(value) && typeof value['kind'] === 'string';
}
