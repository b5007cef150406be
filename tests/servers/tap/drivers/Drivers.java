import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.postgresql.PGConnection;

/** What the JDBC driver sees of a server, line by line. */
public class Drivers {
    interface Act { void run() throws Exception; }

    static void say(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) line.append(word).append(' ');
        System.out.println(line.toString().trim());
    }

    static void failing(String what, Act act) throws Exception {
        try {
            act.run();
            say(what, "done");
        } catch (SQLException fault) {
            say(what, fault.getSQLState(), fault.getMessage().replace('\n', ' '));
        }
    }

    public static void main(String[] arguments) throws Exception {
        String url = System.getenv("JDBC_URL");
        try (Connection connection = DriverManager.getConnection(url, "tester", "tester")) {
            one(connection);
        }
        failing("refused", () -> DriverManager.getConnection(url, "tester", "wrong").close());
    }

    static void one(Connection connection) throws Exception {
        Statement statement = connection.createStatement();
        statement.execute("create temp table t (a int, b text)");
        // From the fifth time on it is prepared by name.
        try (PreparedStatement insert = connection.prepareStatement("insert into t values (?, ?)")) {
            for (int n = 0; n < 12; n++) {
                insert.setInt(1, n);
                insert.setString(2, "it's " + n);
                insert.executeUpdate();
            }
            for (int n = 12; n < 500; n++) {
                insert.setInt(1, n);
                insert.setString(2, "batch");
                insert.addBatch();
            }
            say("batch", insert.executeBatch().length);
        }
        connection.setAutoCommit(false);
        statement.setFetchSize(7);
        int sum = 0;
        try (ResultSet rows = statement.executeQuery("select a, b from t order by a")) {
            while (rows.next()) sum += rows.getInt(1);
        }
        say("fetched by sevens", sum);
        Savepoint savepoint = connection.setSavepoint();
        failing("divided", () -> statement.executeQuery("select 1 / 0"));
        failing("aborted", () -> statement.executeQuery("select 1"));
        connection.rollback(savepoint);
        statement.executeUpdate("delete from t where a < 10");
        connection.commit();
        statement.executeUpdate("delete from t");
        connection.rollback();
        connection.setAutoCommit(true);
        try (ResultSet rows = statement.executeQuery("select count(*) from t")) {
            rows.next();
            say("kept", rows.getInt(1));
        }
        PGConnection postgres = connection.unwrap(PGConnection.class);
        String text = "1\tone\n2\ttwo\n";
        say("copied in", postgres.getCopyAPI().copyIn("copy t from stdin", new StringReader(text)));
        StringWriter out = new StringWriter();
        say("copied out", postgres.getCopyAPI().copyOut("copy (select * from t where a < 3) to stdout", out), out.toString().length());
        statement.execute("listen c");
        statement.execute("notify c, 'hello'");
        say("heard", postgres.getNotifications(2000)[0].getParameter());
        Thread soon = new Thread(() -> {
            try {
                Thread.sleep(300);
                statement.cancel();
            } catch (Exception fault) {
                say("cancel", fault);
            }
        });
        soon.start();
        failing("cancelled", () -> statement.execute("select pg_sleep(20)"));
        soon.join();
        failing("afterwards", () -> statement.execute("select 1"));
        statement.setQueryTimeout(1);
        failing("too slow", () -> statement.execute("select pg_sleep(20)"));
        say("valid", connection.isValid(2));
    }
}
