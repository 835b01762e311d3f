import type { Clock } from './clock.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Severity of a line; lines below the logger's own level are not written. */
export type LogLevel = (typeof levels)[number];

/** What a field may hold. Objects are left out on purpose: a Secret or a request must not slip into a log whole. */
export type LogValue = string | number | boolean | null | undefined | readonly string[] | Error;
export type LogFields = Readonly<Record<string, LogValue>>;

/** Writes one JSON object per line: `time`, `level`, `component`, `event`, then the fields. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** `remora-webhook`, `remora-control`, … */
  readonly component: string;
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Receives each line with its newline. */
  readonly write: (line: string) => void;
}

const shownLength = 2_000;

/** What must never stand in a log, wherever it came from: private keys, bearer tokens, JWTs, passwords in URLs. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/\bBearer\s+[\w.~+/-]+=*/gi, 'Bearer [token]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/gi, '$1:[password]@'],
];

function clean(text: string): string {
  const redacted = secrets.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), text);
  return redacted.length > shownLength ? `${redacted.slice(0, shownLength - 1)}…` : redacted;
}

/** The message of an error and of what caused it, outermost first. */
function errorText(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${errorText(error.cause)}` : '';
  return `${error.message}${cause}`;
}

function written(value: LogValue): unknown {
  if (typeof value === 'string') return clean(value);
  if (value instanceof Error) return clean(errorText(value));
  if (Array.isArray(value)) return value.slice(0, 100).map((item: string) => clean(item));
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

/** Reads a level from configuration; undefined when it is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return levels.find((level) => level === text);
}

/** Makes the logger of one process; `with` derives the loggers of its parts. */
export function createLogger(options: LoggerOptions, bound: LogFields = {}): Logger {
  const threshold = levels.indexOf(options.level);
  const line =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (levels.indexOf(level) < threshold) return;
      const entry: Record<string, unknown> = {
        time: new Date(options.clock.now()).toISOString(),
        level,
        component: options.component,
        event,
      };
      for (const [name, value] of Object.entries({ ...bound, ...fields })) {
        // A field never hides what every line has.
        entry[name in entry ? `field.${name}` : name] = written(value);
      }
      options.write(`${JSON.stringify(entry)}\n`);
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: (fields) => createLogger(options, { ...bound, ...fields }),
  };
}

/** For tests and for parts that were given no logger. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
