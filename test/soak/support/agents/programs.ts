import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../../sidecars/telemetry/command.ts';
import type { Environment } from '../../../../manifests/images/cache.ts';

/**
 * Programs that know nothing of telemetry: each sends one HTTP request to itself, prints `served`, and ends by itself
 * after a second, in which an agent can send its spans. The oldest runtime of each language can read them.
 */
const node = `
var http = require('http');
var server = http.createServer(function (_, response) { response.end('x'); });
server.listen(0, '127.0.0.1', function () {
  http.get({ host: '127.0.0.1', port: server.address().port, path: '/' }, function (answer) {
    answer.resume();
    answer.on('end', function () {
      console.log('served');
      server.close();
      setTimeout(function () {}, 1000);
    });
  });
});
`;

const python = `
import sys, threading, time
try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from urllib.request import urlopen
except ImportError:
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer
    from urllib2 import urlopen

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x")
    def log_message(self, *arguments):
        pass

server = HTTPServer(("127.0.0.1", 0), Handler)
thread = threading.Thread(target=server.serve_forever)
thread.daemon = True
thread.start()
urlopen("http://127.0.0.1:%d/" % server.server_port).read()
print("served")
sys.stdout.flush()
time.sleep(1)
`;

const java = `
import com.sun.net.httpserver.HttpServer;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;

public class App {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.start();
    URL url = new URL("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    ((HttpURLConnection) url.openConnection()).getResponseCode();
    System.out.println("served");
    Thread.sleep(1000);
    server.stop(0);
    System.exit(0);
  }
}
`;

const guard = `
public class Guard {
  public static void main(String[] arguments) {
    StringBuilder line = new StringBuilder();
    for (String version : new String[] {"1.6", "1.7", "1.8", "9"}) line.append(RemoraAgent.isSupported(version)).append(' ');
    System.out.println(line.toString().trim());
  }
}
`;

export interface Programs {
  readonly node: string;
  readonly python: string;
  /** Folder of the classes `App` and `Guard`. */
  readonly java: string;
}

/** Writes the programs into a folder, Java's compiled for Java 8; `guardJar` is the jar with the agent's guard. */
export async function writePrograms(folder: string, guardJar: string, environment: Environment): Promise<Programs> {
  await mkdir(folder, { recursive: true });
  const programs = { node: join(folder, 'app.js'), python: join(folder, 'app.py'), java: folder };
  await writeFile(programs.node, node);
  await writeFile(programs.python, python);
  await writeFile(join(folder, 'App.java'), java);
  await writeFile(join(folder, 'Guard.java'), guard);
  const words = ['--release', '8', '-Xlint:-options', '-cp', guardJar, 'App.java', 'Guard.java'];
  await run('javac', words, folder, environment);
  return programs;
}
