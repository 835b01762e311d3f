import { createSecureContext } from 'node:tls';
import type { Server } from 'node:https';
import type { Informer } from '../kube/types.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServingCertificate } from './server.ts';

/** The serving certificate as it stands in its Secret now. */
export interface LiveCertificate {
  /** Resolves with the first certificate that can be served with. */
  readonly first: Promise<ServingCertificate>;
  /** Gives the newest certificate, and each later one, to the server; open connections go on with what they have. */
  follow(server: Pick<Server, 'setSecureContext'>): void;
}

/**
 * Follows the Secret of the serving certificate. Must be called before the informer is started.
 *
 * A pair that does not belong together, or is no certificate, is logged and left: what is served with stays.
 */
export function followCertificate(
  informer: Pick<Informer<ServingCertificate>, 'onChange'>,
  log: Logger,
): LiveCertificate {
  const { promise: first, resolve } = Promise.withResolvers<ServingCertificate>();
  let current: ServingCertificate | undefined;
  let server: Pick<Server, 'setSecureContext'> | undefined;

  informer.onChange((_namespace, _name, serving) => {
    // A Secret that is emptied or deleted takes nothing away from a server that can still serve.
    if (serving === undefined) return;
    if (serving.certificate === current?.certificate && serving.key === current.key) return;
    try {
      createSecureContext(contextOf(serving));
    } catch (error) {
      log.error('certificate.refused', { error: error instanceof Error ? error : new Error(String(error)) });
      return;
    }
    current = serving;
    server?.setSecureContext(contextOf(serving));
    log.info('certificate.loaded');
    resolve(serving);
  });

  return {
    first,
    follow: (started) => {
      server = started;
      if (current !== undefined) server.setSecureContext(contextOf(current));
    },
  };
}

/** What `https.createServer` and `setSecureContext` take. */
export function contextOf({ certificate, key }: ServingCertificate): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
} {
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}
