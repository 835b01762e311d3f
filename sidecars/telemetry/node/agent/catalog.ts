/** One instrumentation that the agent carries. */
export interface CatalogEntry {
  /** As OTEL_NODE_ENABLED_INSTRUMENTATIONS knows it; its package is `@opentelemetry/instrumentation-<name>`. */
  readonly name: string;
  /** Class that the package exports. */
  readonly className: string;
  /** Packages and built-in modules whose loading makes it worth having. */
  readonly packages: readonly string[];
  /** Whether it is on when the user says nothing. */
  readonly isDefault: boolean;
  /** Configuration that the class is made with. */
  readonly config: Readonly<Record<string, unknown>>;
}

function on(name: string, className: string, packages: readonly string[], config = {}): CatalogEntry {
  return { name, className, packages, isDefault: true, config };
}

function off(name: string, className: string, packages: readonly string[], config = {}): CatalogEntry {
  return { name, className, packages, isDefault: false, config };
}

/** Logs stay where the program writes them; they only gain the ids of the trace. */
const correlateOnly = { disableLogSending: true };

/**
 * What can be instrumented: what of auto-instrumentations-node traces calls between processes. Off by default is
 * what makes spans of single steps inside a process (fs, dns, net, pools), or doubles the spans of the driver below
 * it (knex) or of the framework above it (router, which express 5 is made of).
 */
export const catalog: readonly CatalogEntry[] = [
  on('http', 'HttpInstrumentation', ['http', 'https']),
  on('undici', 'UndiciInstrumentation', ['undici']),
  on('grpc', 'GrpcInstrumentation', ['@grpc/grpc-js']),
  on('express', 'ExpressInstrumentation', ['express']),
  on('connect', 'ConnectInstrumentation', ['connect']),
  on('koa', 'KoaInstrumentation', ['koa']),
  on('hapi', 'HapiInstrumentation', ['@hapi/hapi']),
  on('restify', 'RestifyInstrumentation', ['restify']),
  on('nestjs-core', 'NestInstrumentation', ['@nestjs/core']),
  on('graphql', 'GraphQLInstrumentation', ['graphql']),
  on('socket.io', 'SocketIoInstrumentation', ['socket.io']),
  on('pg', 'PgInstrumentation', ['pg', 'pg-pool']),
  on('mysql', 'MySQLInstrumentation', ['mysql']),
  on('mysql2', 'MySQL2Instrumentation', ['mysql2']),
  on('mongodb', 'MongoDBInstrumentation', ['mongodb']),
  on('mongoose', 'MongooseInstrumentation', ['mongoose']),
  on('oracledb', 'OracleInstrumentation', ['oracledb']),
  on('tedious', 'TediousInstrumentation', ['tedious']),
  on('cassandra-driver', 'CassandraDriverInstrumentation', ['cassandra-driver']),
  on('ioredis', 'IORedisInstrumentation', ['ioredis']),
  on('redis', 'RedisInstrumentation', ['redis', '@redis/client', '@node-redis/client']),
  on('memcached', 'MemcachedInstrumentation', ['memcached']),
  on('kafkajs', 'KafkaJsInstrumentation', ['kafkajs']),
  on('amqplib', 'AmqplibInstrumentation', ['amqplib']),
  on('aws-sdk', 'AwsInstrumentation', [
    '@smithy/smithy-client',
    '@aws-sdk/smithy-client',
    '@smithy/core',
    '@aws-sdk/middleware-stack',
    '@smithy/middleware-stack',
  ]),
  on('pino', 'PinoInstrumentation', ['pino'], correlateOnly),
  on('winston', 'WinstonInstrumentation', ['winston'], correlateOnly),
  on('bunyan', 'BunyanInstrumentation', ['bunyan'], correlateOnly),
  off('router', 'RouterInstrumentation', ['router']),
  off('openai', 'OpenAIInstrumentation', ['openai']),
  off('knex', 'KnexInstrumentation', ['knex']),
  off('dataloader', 'DataloaderInstrumentation', ['dataloader']),
  off('generic-pool', 'GenericPoolInstrumentation', ['generic-pool']),
  off('dns', 'DnsInstrumentation', ['dns']),
  off('fs', 'FsInstrumentation', ['fs'], { requireParentSpan: true }),
  off('net', 'NetInstrumentation', ['net']),
];

/** Packages that bring a tracer of their own: the agent stands down when the program loads one. */
export const ownTelemetryPackages: readonly string[] = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/auto-instrumentations-node',
  'dd-trace',
  'elastic-apm-node',
  'newrelic',
];

function names(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Entries to use: those of OTEL_NODE_ENABLED_INSTRUMENTATIONS, else the default ones, less those of
 * OTEL_NODE_DISABLED_INSTRUMENTATIONS. Names are those of auto-instrumentations-node; unknown ones are passed over,
 * as it does.
 */
export function selectEntries(environment: Readonly<Record<string, string | undefined>>): readonly CatalogEntry[] {
  const enabled = names(environment.OTEL_NODE_ENABLED_INSTRUMENTATIONS);
  const disabled = new Set(names(environment.OTEL_NODE_DISABLED_INSTRUMENTATIONS));
  return catalog.filter(
    ({ name, isDefault }) => (enabled.length === 0 ? isDefault : enabled.includes(name)) && !disabled.has(name),
  );
}

/** Package that a specifier loads from: `pg/lib/client` -> `pg`, `node:http` -> `http`; undefined for a path. */
export function packageOf(specifier: string): string | undefined {
  if (specifier === '' || specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('file:')) {
    return undefined;
  }
  const bare = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  const parts = bare.split('/');
  return bare.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
