import type { Clock } from '../../../runtime/clock.ts';
import { parseReview, reviewApiVersion, reviewKind } from '../../admission/review.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { redactRequest } from './redact.ts';

export interface RingOptions {
  /** At most so many requests, 1 000 unless said. */
  readonly maxRequests?: number;
  /** At most so many bytes of JSON, 64 MiB unless said. */
  readonly maxBytes?: number;
  readonly clock: Clock;
}

export interface KeptRequest {
  /** The API server's own name of the request. */
  readonly uid: string;
  /** When it came, milliseconds since the Unix epoch. */
  readonly at: number;
  /** The redacted request, JSON in UTF-8. */
  readonly json: Buffer;
}

/** The last admission requests of this replica, in memory only. */
export interface Ring {
  /** Keeps what may be kept of a request that is no dry run. */
  add(request: AdmissionRequest): void;
  /** Newest first. */
  kept(): readonly KeptRequest[];
  readonly bytes: number;
}

const defaults = { maxRequests: 1_000, maxBytes: 64 << 20 };

/** Makes an empty ring; when it is full the oldest go. */
export function createRing({ clock, ...limits }: RingOptions): Ring {
  const { maxRequests, maxBytes } = { ...defaults, ...limits };
  const ring: KeptRequest[] = [];
  // Several entries of the API server's configurations may ask about one request.
  const uids = new Set<string>();
  let bytes = 0;
  return {
    add: ({ uid, source, isDryRun }) => {
      const redacted = isDryRun || uids.has(uid) ? undefined : redactRequest(source);
      if (redacted === undefined) return;
      const json = Buffer.from(JSON.stringify(redacted));
      if (json.length > maxBytes) return;
      ring.push({ uid, at: clock.now(), json });
      uids.add(uid);
      bytes += json.length;
      while (ring.length > maxRequests || bytes > maxBytes) {
        const oldest = ring.shift();
        if (oldest === undefined) break;
        bytes -= oldest.json.length;
        uids.delete(oldest.uid);
      }
    },
    kept: () => ring.toReversed(),
    get bytes() {
      return bytes;
    },
  };
}

/** The request again, as handlers see it; undefined when it is none any more, which would be a bug of redacting. */
export function requestOf({ json }: KeptRequest): AdmissionRequest | undefined {
  const request: unknown = JSON.parse(json.toString());
  const parsed = parseReview({ apiVersion: reviewApiVersion, kind: reviewKind, request });
  return parsed.outcome === 'request' ? parsed.request : undefined;
}
