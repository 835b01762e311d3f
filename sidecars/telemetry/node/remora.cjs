'use strict';
/*
 * Loaded by `--require` into every Node program of an injected container, so it must run, silently, on any Node
 * from 8 on, in worker threads, package managers and build tools: only ES5 here, and nothing may throw.
 *
 * It decides whether to instrument this process; the agent itself is loaded only then.
 */
(function () {
  var mark = Symbol.for('remora.telemetry');
  if (global[mark]) return;
  global[mark] = true;

  function say(code, message) {
    try {
      process.stderr.write('remora telemetry: ' + code + ': ' + message + '\n');
    } catch (unwritable) {
      // A program with its stderr closed still has to start.
    }
  }

  try {
    var decision = require('./guard.cjs').decide({
      versions: process.versions,
      environment: process.env,
      executableArguments: process.execArgv || [],
      program: process.argv[1],
      isMainThread: isMainThread(),
    });
    if (decision.outcome === 'leave') {
      if (decision.message) say(decision.code, decision.message);
      return;
    }
    require('./agent.cjs').start(process, say);
  } catch (failure) {
    say('AgentFailed', 'the agent did not start, the program runs without it: ' + (failure && failure.message));
  }

  function isMainThread() {
    try {
      return require('worker_threads').isMainThread;
    } catch (absent) {
      return true; // Node before 10.5 has no worker threads.
    }
  }
})();
