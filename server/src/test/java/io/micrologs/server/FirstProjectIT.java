package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.MysqlDataSource;
import io.micrologs.database.TestDatabase;
import io.micrologs.loader.Schema;
import io.micrologs.query.ProjectStore;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLTransientConnectionException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that end between the file with the keys and the project, and what the next one makes of it. */
class FirstProjectIT {
    @TempDir
    Path temp;

    @Test
    void endedBeforeTheProject_theNextMakesItWithTheKeysOfTheFile() throws Exception {
        DataDirectory data = DataDirectory.open(temp.resolve("data"));
        DataSource database = schema("first_project_before");
        // It lists, and then the database is gone.
        int[] connections = new int[1];
        DataSource dying = (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (connections[0]++ == 0) {
                        return database.getConnection();
                    }
                    throw new SQLTransientConnectionException("gone", "08001");
                });
        assertThatThrownBy(() -> FirstProject.ensure(
                        new ProjectStore(dying, Clock.systemUTC()), List.of(), ZoneOffset.UTC, data))
                .hasMessage("gone");
        Properties promised = ServerProcess.properties(data.firstProject());
        assertThat(promised).doesNotContainKey("project_id").containsKeys("public_key", "secret_key");

        ProjectStore projects = new ProjectStore(database, Clock.systemUTC());
        FirstProject.ensure(projects, List.of("example.com"), ZoneOffset.UTC, data);

        Properties made = ServerProcess.properties(data.firstProject());
        assertThat(made.getProperty("project_id")).isEqualTo("1");
        assertThat(made.getProperty("secret_key")).isEqualTo(promised.getProperty("secret_key"));
        assertThat(projects.list()).singleElement().satisfies(project -> {
            assertThat(project.publicKey()).isEqualTo(promised.getProperty("public_key"));
            assertThat(project.allowedDomains()).contains("example.com");
        });
    }

    @Test
    void endedAfterTheProject_theNextCompletesTheFile() throws Exception {
        DataDirectory data = DataDirectory.open(temp.resolve("data"));
        ProjectStore projects = new ProjectStore(schema("first_project_after"), Clock.systemUTC());
        FirstProject.ensure(projects, List.of(), ZoneOffset.UTC, data);
        String whole = Files.readString(data.firstProject());
        Files.writeString(data.firstProject(), whole.replaceAll("(?m)^project_id=.*\n", ""));

        FirstProject.ensure(projects, List.of(), ZoneOffset.UTC, data);

        assertThat(data.firstProject()).hasContent(whole);
        assertThat(projects.list()).hasSize(1);
    }

    private static DataSource schema(String name) {
        TestDatabase database = TestDatabase.shared();
        MysqlDataSource source = new MysqlDataSource();
        source.setUrl(database.jdbcUrl(name));
        source.setUser(database.user());
        source.setPassword(database.password());
        Schema.migrate(source);
        return source;
    }
}
