// What a machine needs before anything of ours runs. npm starts this before `test`, `demo`, `cluster` and the like, on
// the machine's own Node (20 or later) and without node_modules, so it is plain JavaScript and imports nothing of ours.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Debian packages, each with the file that shows that it is there: a path, or the name of a program on PATH.
 * Whoever starts to use a package adds its line.
 *
 * @type {readonly (readonly [name: string, proof: string, purpose: string])[]}
 */
const debianPackages = [
  ['runc', 'runc', 'runs the test cluster’s containers'],
  ['containernetworking-plugins', '/usr/lib/cni/bridge', 'the test cluster’s pod network'],
  ['nftables', 'nft', 'kube-proxy, and the fence around the test cluster'],
  ['iptables', 'iptables', 'host ports of pods'],
  ['iproute2', 'ip', 'network namespaces'],
  ['util-linux', 'nsenter', 'starts programs in network namespaces'],
  ['procps', 'sysctl', 'settings of network namespaces'],
  ['gcc', 'gcc', 'compiles the pause image’s program'],
  ['libc6-dev', '/usr/include/stdio.h', 'compiles the pause image’s program'],
  ['ca-certificates', '/etc/ssl/certs/ca-certificates.crt', 'go into images; downloads'],
  ['dpkg', 'dpkg-deb', 'unpacks the Debian packages that images are assembled from'],
  ['git', 'git', 'benchmarks and soaks say which commit they ran'],
  ['maven', 'mvn', 'fetches the OpenTelemetry Java agent from Maven Central'],
  ['openjdk-17-jdk-headless', 'javac', 'compiles what loads the Java agent'],
  ['python3-pip', 'pip3', 'fetches the libraries of the Python agent'],
];

/** The oldest Go that the go.mod files under test/cluster/binaries accept. */
const goVersion = [1, 26];

const repository = fileURLToPath(new URL('..', import.meta.url));
const say = (line) => console.error(`bootstrap: ${line}`);

installDebianPackages();
installNodePackages();
checkGo();

function installDebianPackages() {
  const missing = debianPackages.filter(([, proof]) => !isPresent(proof));
  if (missing.length === 0) return;
  for (const [name, , purpose] of missing) say(`missing ${name} (${purpose})`);
  const names = missing.map(([name]) => name);
  if (!isPresent('apt-get') || process.getuid?.() !== 0) {
    fail(`install these packages, or run as root on Debian or Ubuntu: ${names.join(' ')}`);
  }
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  timed('apt-get update', 'apt-get', ['update', '-q'], environment);
  const words = ['install', '-y', '-q', '--no-install-recommends', ...names];
  timed(`apt-get install ${names.join(' ')}`, 'apt-get', words, environment);
}

function installNodePackages() {
  if (isInstalled()) return;
  // --no-progress: the bar would fill a log with control characters.
  timed('npm ci', 'npm', ['ci', '--no-progress', '--no-audit', '--no-fund'], {});
}

/**
 * Whether node_modules holds what package-lock.json says: npm notes in it what it installed. Times of files say
 * nothing, since a checkout makes them all new.
 */
function isInstalled() {
  const wanted = readLock('package-lock.json');
  const installed = readLock(join('node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(wanted ?? {}).every(([path, entry]) => {
    if (path === '' || entry.link === true) return true;
    const found = installed[path];
    // Packages for other platforms are in the lock file, and nowhere else.
    return found === undefined ? entry.optional === true : found.integrity === entry.integrity;
  });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(repository, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Go is no package of ours to install: Debian's is too old for Kubernetes. */
function checkGo() {
  if (!isPresent('go')) {
    say(`no Go on PATH; the test cluster is built with Go ${goVersion.join('.')} or later (https://go.dev/dl)`);
    return;
  }
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) * 1000 + Number(minor) < goVersion[0] * 1000 + goVersion[1]) {
    say(
      `${stdout.trim()} is older than Go ${goVersion.join('.')}, with which the test cluster is built (https://go.dev/dl)`,
    );
  }
}

/** Looks for a program on PATH, or for a file. */
function isPresent(proof) {
  if (proof.startsWith('/')) return existsSync(proof);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, proof), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program with its output shown; ends this process when it fails. */
function timed(title, program, words, environment) {
  say(`${title} …`);
  const startedAt = performance.now();
  const { status, error } = spawnSync(program, words, {
    cwd: repository,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  if (status !== 0) fail(`${title} failed${error === undefined ? '' : `: ${error.message}`}`);
  say(`${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
