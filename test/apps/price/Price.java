import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The shop's prices: answers with what a product costs, read from Postgres. */
public final class Price {
  private static final String URL = setting("DATABASE_URL", "jdbc:postgresql://database:5432/shop");
  private static final String USER = setting("DATABASE_USER", "shop");
  private static final String PASSWORD = setting("DATABASE_PASSWORD", "shop");

  public static void main(String[] arguments) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 64);
    ExecutorService workers = Executors.newFixedThreadPool(8);
    server.setExecutor(workers);
    server.createContext("/healthz", exchange -> answer(exchange, 200, "text/plain", "ok\n"));
    server.createContext("/price/", Price::price);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(2)));
    server.start();
    System.out.println("price listens on 8080");
  }

  private static void price(HttpExchange exchange) throws IOException {
    String name = exchange.getRequestURI().getPath().substring("/price/".length());
    try (Connection connection = DriverManager.getConnection(URL, USER, PASSWORD);
        PreparedStatement query = connection.prepareStatement("SELECT cents FROM price WHERE product = ?")) {
      query.setString(1, name);
      try (ResultSet found = query.executeQuery()) {
        if (found.next()) {
          answer(exchange, 200, "application/json", "{\"cents\":" + found.getInt(1) + "}");
        } else {
          answer(exchange, 404, "application/json", "{\"error\":\"no price\"}");
        }
      }
    } catch (SQLException error) {
      System.err.println("the database did not answer: " + error.getMessage());
      answer(exchange, 503, "application/json", "{\"error\":\"the database did not answer\"}");
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String setting(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null ? otherwise : value;
  }
}
