package io.micrologs.loader;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.IntPredicate;

/**
 * Connections that fail at chosen calls to the server: every execution of a statement and every commit is one, counted
 * over all connections. A failed call takes its connection with it, as a lost network does.
 */
final class FaultySource implements ConnectionSource {

    private final ConnectionSource real;
    private final IntPredicate fails;
    /** Whether a commit that fails was carried out all the same. */
    private final boolean commitsAnyway;

    private volatile int calls;
    private volatile int failures;

    FaultySource(ConnectionSource real, boolean commitsAnyway, IntPredicate fails) {
        this.real = real;
        this.commitsAnyway = commitsAnyway;
        this.fails = fails;
    }

    int calls() {
        return calls;
    }

    int failures() {
        return failures;
    }

    @Override
    public Connection open() throws SQLException {
        Connection connection = real.open();
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    boolean commit = method.getName().equals("commit");
                    if (commit) {
                        call(connection, commitsAnyway);
                    }
                    Object result = invoke(connection, method, arguments);
                    return result instanceof Statement statement
                            ? wrap(connection, statement, method.getReturnType())
                            : result;
                });
    }

    private Object wrap(Connection connection, Statement statement, Class<?> type) {
        return Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("execute")) {
                        call(connection, false);
                    }
                    return invoke(statement, method, arguments);
                });
    }

    /** The loader calls from one thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void call(Connection connection, boolean commitFirst) throws SQLException {
        if (fails.test(calls++)) {
            failures++;
            if (commitFirst) {
                connection.commit();
            }
            connection.close();
            throw new SQLException("injected: the connection is gone", "08S01");
        }
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
