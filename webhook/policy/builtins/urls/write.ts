import { escapeBytes, unescapeBytes } from './escape.ts';
import type { Bytes } from './escape.ts';
import type { ParsedUrl, UrlUser } from './parse.ts';

/** Writes a URL as Go's `URL.String` does, with the escapes that it was written with where they are sound. */
export function writeUrl(url: ParsedUrl): Bytes {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const query = url.isQueryForced || url.rawQuery !== '' ? `?${url.rawQuery}` : '';
  const fragment = url.fragment === '' ? '' : `#${writtenOr(url.fragment, url.writtenFragment, 'fragment')}`;
  const middle = url.opaque === '' ? writeHierarchy(url, scheme) : url.opaque;
  return `${scheme}${middle}${query}${fragment}`;
}

function writeHierarchy(url: ParsedUrl, scheme: Bytes): Bytes {
  const authority = writeAuthority(url);
  const path = url.path === '*' ? '*' : writtenOr(url.path, url.writtenPath, 'path');
  const slash = path !== '' && !path.startsWith('/') && url.host !== '' ? '/' : '';
  const before = authority + slash;
  // Without the dot, a colon in the first segment would end a scheme.
  const dot = scheme + before === '' && (path.split('/')[0] ?? '').includes(':') ? './' : '';
  return before + dot + path;
}

function writeAuthority({ scheme, host, user, isHostOmitted, path }: ParsedUrl): Bytes {
  const isThere = scheme !== '' || host !== '' || user !== undefined;
  if (!isThere || (isHostOmitted && host === '' && user === undefined)) return '';
  const slashes = host !== '' || path !== '' || user !== undefined ? '//' : '';
  return slashes + (user === undefined ? '' : `${writeUser(user)}@`) + escapeBytes(host, 'host');
}

function writeUser({ name, password }: UrlUser): Bytes {
  return escapeBytes(name, 'user') + (password === undefined ? '' : `:${escapeBytes(password, 'user')}`);
}

/** Characters that may stand in a path or fragment unescaped although Go would escape them. */
const tolerated = /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%]|\/|\?)*$/;

function writtenOr(plain: Bytes, written: Bytes, part: 'path' | 'fragment'): Bytes {
  const isSound = tolerated.test(written) && (part === 'fragment' || !written.includes('?'));
  return written !== '' && isSound && unescapeBytes(written, part) === plain ? written : escapeBytes(plain, part);
}
