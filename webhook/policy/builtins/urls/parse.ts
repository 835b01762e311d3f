import { isIPv6 } from 'node:net';
import { BuiltinError } from '../types.ts';
import { escapeBytes, unescapeBytes } from './escape.ts';
import type { Bytes } from './escape.ts';

/** A URL taken apart as Go's `net/url.Parse` does it; parts that are not there are empty. */
export interface ParsedUrl {
  readonly scheme: Bytes;
  readonly hostname: Bytes;
  readonly port: Bytes;
  readonly path: Bytes;
  /** As it was written, where escaping the path would write it otherwise; else the path. */
  readonly rawPath: Bytes;
  readonly rawQuery: Bytes;
  readonly fragment: Bytes;
}

/** @throws BuiltinError for what Go does not take for a URL. */
export function parseUrl(bytes: Bytes): ParsedUrl {
  const [whole, fragment] = cut(bytes, '#');
  const parsed = parseWhole(whole);
  return { ...parsed, fragment: unescapeBytes(fragment, 'fragment') };
}

function parseWhole(bytes: Bytes): ParsedUrl {
  const empty = { scheme: '', hostname: '', port: '', path: '', rawPath: '', rawQuery: '', fragment: '' };
  if (/[\0-\x1f\x7f]/.test(bytes)) throw new BuiltinError('invalid control character in URL');
  if (bytes.startsWith(':')) throw new BuiltinError('missing protocol scheme');
  const [, scheme = '', afterScheme = bytes] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(bytes) ?? [];
  const [rest, rawQuery] = cut(afterScheme, '?');
  const parsed = { ...empty, scheme: scheme.toLowerCase(), rawQuery };
  if (!rest.startsWith('/')) {
    // What has a scheme and no slash is opaque, like mailto:, and nothing of it is looked at.
    if (scheme !== '') return parsed;
    if (cut(rest, '/')[0].includes(':')) throw new BuiltinError('first path segment in URL cannot contain colon');
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const [, authority = '', path = rest] = hasAuthority ? (/^\/\/([^/]*)(.*)$/s.exec(rest) ?? []) : [];
  const unescaped = unescapeBytes(path, 'path');
  const isUsual = escapeBytes(unescaped, 'path') === path;
  return {
    ...parsed,
    ...splitPort(hasAuthority ? parseAuthority(parsed.scheme, authority) : ''),
    path: unescaped,
    rawPath: isUsual ? unescaped : path,
  };
}

function parseAuthority(scheme: Bytes, authority: Bytes): Bytes {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return host;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new BuiltinError('invalid userinfo');
  unescapeBytes(user, 'user');
  return host;
}

/** A host with or without port; brackets only around an address of IP version 6. */
function parseHost(scheme: Bytes, host: Bytes): Bytes {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new BuiltinError('invalid IP-literal');
  if (open === 0) return parseLiteral(host);
  const first = host.indexOf(':');
  if (first >= 0) {
    // Several hosts with ports are what other schemes than HTTP's may name.
    const isStrict = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(isStrict ? first : host.lastIndexOf(':')));
  }
  return unescapeBytes(host, 'host');
}

function parseLiteral(host: Bytes): Bytes {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new BuiltinError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const inside = host.slice(1, close);
  const zone = inside.indexOf('%25');
  const address =
    zone < 0
      ? unescapeBytes(inside, 'host')
      : unescapeBytes(inside.slice(0, zone), 'host') + unescapeBytes(inside.slice(zone), 'zone');
  const [ip, name] = cut(address, '%');
  if (!isIPv6(ip) || (address.includes('%') && name === '')) throw new BuiltinError('invalid host');
  return `[${address}]${port}`;
}

function checkPort(text: Bytes): void {
  if (!/^(?::\d*)?$/.test(text)) throw new BuiltinError('invalid port after host');
}

function splitPort(host: Bytes): { readonly hostname: Bytes; readonly port: Bytes } {
  const [, before = host, port = ''] = /^(.*):(\d*)$/s.exec(host) ?? [];
  const isLiteral = before.startsWith('[') && before.endsWith(']');
  return { hostname: isLiteral ? before.slice(1, -1) : before, port };
}

function cut(text: Bytes, separator: string): readonly [before: Bytes, after: Bytes] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
