import java.io.File;
import java.lang.instrument.Instrumentation;
import java.util.jar.JarFile;

/**
 * Named by -javaagent in JAVA_TOOL_OPTIONS, so every JVM of an injected container runs it: servers, keytool, javac.
 *
 * <p>It decides whether to trace this JVM and only then loads the OpenTelemetry Java agent, which lies beside it. An
 * agent that throws stops the JVM, so nothing here may. Only what Java 6 had is used; the class file is marked as
 * Java 6's, so that an old JVM can read why it is left alone.
 */
public final class RemoraAgent {
  /** Main classes of tools, as sun.java.command names them (also behind a module name and a slash). */
  private static final String[] TOOLS = {
    "sun.security.tools.", "sun.tools.", "com.sun.tools.", "jdk.tools.", "jdk.jfr.internal.tool.", "jdk.internal.jshell.",
    "jdk.internal.jrtfs.", "jdk.jlink", "jdk.jdeps", "com.sun.java.util.jar.pack.", "org.codehaus.plexus.classworlds.launcher.",
    "org.apache.maven.wrapper.", "org.gradle.", "org.apache.tools.ant.", "sbt.", "kotlinc", "org.jetbrains.kotlin.cli."
  };

  /** A class of each agent that traces on its own; its jar is on the class path when the user names it. */
  private static final String[][] AGENTS = {
    {"io/opentelemetry/javaagent/OpenTelemetryAgent.class", "the OpenTelemetry Java agent"},
    {"datadog/trace/bootstrap/AgentBootstrap.class", "dd-java-agent"},
    {"com/newrelic/bootstrap/BootstrapAgent.class", "the New Relic agent"},
    {"co/elastic/apm/agent/premain/AgentMain.class", "the Elastic APM agent"},
    {"com/singularity/ee/agent/appagent/AgentEntryPoint.class", "the AppDynamics agent"},
    {"com/microsoft/applicationinsights/agent/Agent.class", "the Application Insights agent"}
  };

  /**
   * What is instrumented when the user says nothing: servers, clients, databases, queues, and what carries the context
   * from thread to thread. The agent has three times as many; each makes the start of every JVM slower.
   */
  private static final String[] INSTRUMENTATIONS = {
    "opentelemetry-api", "opentelemetry-instrumentation-annotations", "external-annotations", "executors", "guava",
    "kotlinx-coroutines", "reactor", "rxjava",
    "servlet", "tomcat", "jetty", "undertow", "netty", "grizzly", "liberty", "java-http-server", "jaxrs", "jersey",
    "resteasy", "spring-webmvc", "spring-webflux", "spring-web", "spring-core", "spring-scheduling",
    "spring-cloud-gateway", "vertx-web", "quarkus-resteasy-reactive", "reactor-netty", "grpc", "akka-http-server",
    "akka-actor", "pekko-http-server", "pekko-actor", "play-mvc", "ktor", "armeria", "javalin", "helidon",
    "http-url-connection", "java-http-client", "apache-httpclient", "apache-httpasyncclient", "okhttp",
    "async-http-client", "jetty-httpclient", "google-http-client", "vertx-http-client",
    "jdbc", "r2dbc", "mongo", "mongo-async", "cassandra", "couchbase", "elasticsearch-rest",
    "elasticsearch-api-client", "opensearch-rest", "opensearch-java", "influxdb", "clickhouse-client",
    "vertx-sql-client", "jedis", "lettuce", "redisson", "vertx-redis-client", "spymemcached",
    "kafka", "kafka-clients", "spring-kafka", "rabbitmq", "spring-rabbit", "jms", "spring-jms", "pulsar", "nats",
    "aws-sdk", "azure-core", "logback-mdc", "log4j-context-data"
  };

  private RemoraAgent() {}

  /** Called by the JVM before the program's main. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      if ("true".equalsIgnoreCase(read("otel.sdk.disabled")) || "false".equalsIgnoreCase(read("otel.javaagent.enabled"))) {
        return;
      }
      if (isTool(System.getProperty("sun.java.command"))) return;
      String version = System.getProperty("java.specification.version");
      if (!isSupported(version)) {
        say("UnsupportedJavaVersion", "Java " + version + " is not instrumented; 8 or a newer one is");
        return;
      }
      for (String[] agent : AGENTS) {
        if (ClassLoader.getSystemResource(agent[0]) != null) {
          say("OwnTelemetry", agent[1] + " instruments this program already");
          return;
        }
      }
      start(arguments, instrumentation);
    } catch (Throwable failure) {
      say("AgentFailed", "the program runs without telemetry: " + failure);
    }
  }

  /** Hands this JVM's instrumentation to the real agent, which finds its own parts by the jar it was loaded from. */
  private static void start(String arguments, Instrumentation instrumentation) throws Exception {
    // Traces only, unless the user says so: the other signals cost, and have no place to go by default.
    setDefault("otel.metrics.exporter", "none");
    setDefault("otel.logs.exporter", "none");
    if (read("otel.instrumentation.common.default-enabled") == null) {
      System.setProperty("otel.instrumentation.common.default-enabled", "false");
      for (String name : INSTRUMENTATIONS) setDefault("otel.instrumentation." + name + ".enabled", "true");
    }
    File self = new File(RemoraAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    File agent = new File(self.getParentFile(), "opentelemetry-javaagent.jar");
    instrumentation.appendToSystemClassLoaderSearch(new JarFile(agent));
    ClassLoader.getSystemClassLoader()
        .loadClass("io.opentelemetry.javaagent.OpenTelemetryAgent")
        .getMethod("premain", String.class, Instrumentation.class)
        .invoke(null, arguments, instrumentation);
  }

  static boolean isTool(String command) {
    if (command == null) return false;
    int end = command.indexOf(' ');
    String main = end < 0 ? command : command.substring(0, end);
    String name = main.substring(main.lastIndexOf('/') + 1);
    for (String tool : TOOLS) {
      if (name.startsWith(tool)) return true;
    }
    return false;
  }

  /** "1.8" and "9" and later are supported; "1.7" and earlier are not. */
  static boolean isSupported(String version) {
    return version != null && (!version.startsWith("1.") || version.equals("1.8"));
  }

  /** A setting as the agent reads it: system property, else environment variable. */
  private static String read(String property) {
    String value = System.getProperty(property);
    return value != null ? value : System.getenv(property.toUpperCase().replace('.', '_').replace('-', '_'));
  }

  private static void setDefault(String property, String value) {
    if (read(property) == null) System.setProperty(property, value);
  }

  private static void say(String code, String message) {
    System.err.println("remora telemetry: " + code + ": " + message);
  }
}
