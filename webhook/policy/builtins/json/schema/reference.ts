import { BuiltinError } from '../../types.ts';
import { fromBytes, toBytes, unescapeBytes } from '../../urls/escape.ts';
import { parseUrl } from '../../urls/parse.ts';
import { isArray, RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';

/** Where a schema is: a URL without fragment, and the fragment. */
export interface Reference {
  readonly base: string;
  readonly fragment: string;
}

export const nowhere: Reference = { base: '', fragment: '' };

/** @throws BuiltinError for what is no URL. */
export function readReference(text: string): Reference {
  parseUrl(toBytes(text));
  const [base = '', ...fragment] = text.split('#');
  const [, scheme, rest = base] = /^([A-Za-z][A-Za-z0-9+.-]*:)(.*)$/s.exec(base) ?? [];
  return { base: `${scheme?.toLowerCase() ?? ''}${rest}`, fragment: fragment.join('#') };
}

export function writeReference({ base, fragment }: Reference): string {
  return fragment === '' ? base : `${base}#${fragment}`;
}

/** Whether a reference names a place of its own, so that it could be fetched. */
export function isCanonical({ base }: Reference): boolean {
  return /^file:(?:\/\/[^/]*)?\//.test(base) || (/^[^:/?]+:\/\/[^/?]/.test(base) && !base.startsWith('file:'));
}

interface Parts {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

function partsOf(base: string): Parts {
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*:)?(.*)$/s.exec(base) ?? [];
  const [, slashes, authority = '', path = '', , query] = /^(\/\/([^/?]*))?([^?]*)(\?(.*))?$/s.exec(rest) ?? [];
  return { scheme, authority: slashes === undefined ? undefined : authority, path, query };
}

function writeBase({ scheme, authority, path, query }: Parts): string {
  const host = authority === undefined ? '' : `//${authority}`;
  return `${scheme}${host}${path}${query === undefined ? '' : `?${query}`}`;
}

/** Resolves a reference against the place it stands in (RFC 3986 section 5). */
export function resolveReference(parent: Reference, child: Reference): Reference {
  const [from, to] = [partsOf(parent.base), partsOf(child.base)];
  const { fragment } = child;
  if (to.scheme !== '' || to.authority !== undefined) {
    const isOpaque = to.authority === undefined && !to.path.startsWith('/');
    const path = isOpaque ? to.path : joinPaths(to.path, '');
    return { base: writeBase({ ...to, scheme: to.scheme === '' ? from.scheme : to.scheme, path }), fragment };
  }
  const isOpaque = from.scheme !== '' && from.authority === undefined && !from.path.startsWith('/');
  if (to.path === '' && isOpaque) return { base: writeBase({ ...from, query: to.query ?? from.query }), fragment };
  const query = to.path === '' ? (to.query ?? from.query) : to.query;
  return { base: writeBase({ ...from, path: joinPaths(from.path, to.path), query }), fragment };
}

/** A path seen from another, without `.` and `..`. */
function joinPaths(from: string, to: string): string {
  const full = to === '' ? from : to.startsWith('/') ? to : from.slice(0, from.lastIndexOf('/') + 1) + to;
  if (full === '') return '';
  const kept: string[] = [];
  const elements = full.replace(/^\//, '').split('/');
  for (const element of elements) {
    if (element === '..') kept.pop();
    else if (element !== '.') kept.push(element);
  }
  const last = elements.at(-1);
  return `/${kept.join('/')}${last === '.' || last === '..' ? '/' : ''}`.replace(/^\/\//, '/');
}

/**
 * What a JSON Pointer (RFC 6901), a fragment, points to; the whole document where it is none.
 *
 * @throws BuiltinError where nothing is there.
 */
export function follow(document: Value, fragment: string): Value {
  const pointer = fromBytes(unescapeBytes(toBytes(fragment), 'fragment'));
  if (!pointer.startsWith('/')) return document;
  return pointer.slice(1).split('/').reduce<Value>(step, document);
}

function step(value: Value, token: string): Value {
  if (value instanceof RegoObject) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const found = value.get(key);
    if (found === undefined) throw new BuiltinError(`Object has no key '${key}'`);
    return found;
  }
  if (!isArray(value)) throw new BuiltinError(`Invalid token reference '${token}'`);
  if (!/^[+-]?\d{1,18}$/.test(token)) throw new BuiltinError(`Invalid array index '${token}'`);
  const found = value[Number(token)];
  if (found === undefined) throw new BuiltinError(`Out of bound array[0,${value.length}] index '${Number(token)}'`);
  return found;
}
