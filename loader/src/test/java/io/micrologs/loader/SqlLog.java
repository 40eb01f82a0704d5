package io.micrologs.loader;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Connections whose statements are written down, and refused where a test wants it. */
final class SqlLog implements ConnectionSource {

    private final ConnectionSource real;
    private final List<String> statements = new CopyOnWriteArrayList<>();
    private volatile Predicate<String> fails = sql -> false;

    SqlLog(ConnectionSource real) {
        this.real = real;
    }

    /** From now on, statements of which this is true fail. */
    void fail(Predicate<String> which) {
        fails = which;
    }

    /** In the order in which they came. */
    List<String> containing(String text) {
        return statements.stream().filter(sql -> sql.contains(text)).toList();
    }

    void clear() {
        statements.clear();
    }

    @Override
    public Connection open() throws SQLException {
        Connection connection = real.open();
        return (Connection) proxy(Connection.class, connection, null);
    }

    private Object proxy(Class<?> type, Object target, String prepared) {
        return Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    String first = arguments != null && arguments.length > 0 && arguments[0] instanceof String sql
                            ? sql
                            : null;
                    if (method.getName().startsWith("execute")) {
                        said(first == null ? prepared : first);
                    }
                    try {
                        Object result = method.invoke(target, arguments);
                        return result instanceof Statement && Statement.class.isAssignableFrom(method.getReturnType())
                                ? proxy(method.getReturnType(), result, first)
                                : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void said(String sql) throws SQLException {
        String text = sql == null ? "" : sql;
        statements.add(text);
        if (fails.test(text)) {
            throw new SQLException("injected: refused", "HY000", 1206);
        }
    }
}
