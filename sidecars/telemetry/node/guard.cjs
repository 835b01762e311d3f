'use strict';
/*
 * Whether a Node process is instrumented. Pure, and ES5, since it runs on every Node from 8 on.
 */

/** Oldest Node that the OpenTelemetry packages in the agent take: 18.19, and 20.6 in the 19/20 lines. */
function isSupported(version) {
  var parts = String(version).split('.');
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  if (major > 20) return true;
  if (major === 20) return minor >= 6;
  return major === 18 && minor >= 19;
}

/** Programs that only install, build or start others: instrumenting them costs time and shows nothing. */
var tools =
  /[\\/]node_modules[\\/](?:npm|npx|yarn|pnpm|corepack|typescript|eslint|prettier)[\\/]|[\\/](?:\.yarn|yarn-v?\d[^\\/]*|corepack|\.corepack)[\\/]|[\\/](?:npm|npx|yarn|yarnpkg|pnpm|pnpx|corepack)(?:-cli)?(?:\.c?js)?$/;

/** Agents that instrument on their own; two at once would report everything twice. */
var agents =
  /(?:^|[\s="'\\/])(dd-trace|newrelic|elastic-apm-node|appdynamics|@dynatrace\/oneagent|@splunk\/otel|@instana\/collector|@opentelemetry\/auto-instrumentations-node|@opentelemetry\/sdk-node|@sentry\/node|applicationinsights)(?:$|[\s="'\\/])/;

function isTrue(value) {
  return typeof value === 'string' && value.trim().toLowerCase() === 'true';
}

function leave(code, message) {
  return { outcome: 'leave', code: code, message: message };
}

/**
 * Decides from facts alone: {versions, environment, executableArguments, program, isMainThread}.
 * Returns {outcome: 'start'} or {outcome: 'leave', code, message}; without a message it leaves in silence, because
 * the user asked for it or because the process is not a service.
 */
function decide(facts) {
  var environment = facts.environment;
  if (isTrue(environment.OTEL_SDK_DISABLED)) return leave('Disabled');
  if (environment.OTEL_TRACES_EXPORTER === 'none') return leave('Disabled');
  if (!facts.isMainThread) return leave('WorkerThread');
  if (facts.program && tools.test(facts.program)) return leave('Tool');
  if (facts.versions.bun || facts.versions.deno || facts.versions.electron) return leave('NotNode');
  if (!isSupported(facts.versions.node)) {
    return leave(
      'UnsupportedNodeVersion',
      'Node ' + facts.versions.node + ' is not instrumented; 18.19, 20.6 or a newer one is',
    );
  }
  var options = [environment.NODE_OPTIONS || ''].concat(facts.executableArguments).join(' ');
  var agent = agents.exec(options);
  if (agent) return leave('OwnTelemetry', agent[1] + ' instruments this program already');
  var protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol && protocol !== 'http/protobuf') {
    return leave('UnsupportedProtocol', 'OTLP over "' + protocol + '" is not in this agent; http/protobuf is');
  }
  return { outcome: 'start' };
}

module.exports = { decide: decide, isSupported: isSupported };
