import { readAddress } from '../net/network.ts';
import type { AlternativeNames } from './alternativeNames.ts';
import { writeIp } from './json.ts';

/** Whether a certificate is for a host or an address (Go `Certificate.VerifyHostname`). */
export function isForHost({ dns, ips }: AlternativeNames, host: string): boolean {
  const address = readAddress(host.length >= 3 ? host.replace(/^\[(.*)\]$/s, '$1') : host);
  if (address !== undefined) return ips.some((ip) => readAddress(writeIp(ip)) === address);
  const name = lower(host);
  return dns.some((pattern) =>
    isHostname(name, 'name') && isHostname(pattern, 'pattern') ? matches(pattern, name) : isSame(pattern, name),
  );
}

/** Lower case of ASCII alone. */
export function lower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The names of hosts that may stand in a certificate; a pattern may begin with a label that is a star. */
function isHostname(text: string, role: 'name' | 'pattern'): boolean {
  const host = role === 'name' ? text.replace(/\.$/, '') : text;
  if (host === '*') return false;
  return host
    .split('.')
    .every(
      (label, at) => (role === 'pattern' && at === 0 && label === '*') || /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(label),
    );
}

function matches(pattern: string, name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  const wanted = lower(pattern).split('.');
  return (
    wanted.length === labels.length && wanted.every((label, at) => (at === 0 && label === '*') || label === labels[at])
  );
}

function isSame(a: string, b: string): boolean {
  return !['', '.'].includes(a) && !['', '.'].includes(b) && lower(a) === lower(b);
}
