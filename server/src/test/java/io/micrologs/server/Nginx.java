package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A real nginx of one's own in front of a server, as its documentation sets up a proxy; on 127.0.0.1 alone. */
final class Nginx implements AutoCloseable {
    private final Process process;
    private final int port = ServerProcess.freePort();

    Nginx(Path directory, int upstream) {
        String root = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
        String config = root + """
                daemon off;
                worker_processes 1;
                pid nginx.pid;
                error_log stderr error;
                events { worker_connections 512; }
                http {
                  access_log off;
                  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                  upstream micrologs { server 127.0.0.1:%d; keepalive 8; }
                  server {
                    listen 127.0.0.1:%d;
                    # The tests' own way to be somebody far away.
                    set_real_ip_from 127.0.0.1;
                    real_ip_header X-Far-Away;
                    location / {
                      proxy_pass http://micrologs;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host $http_host;
                      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                      proxy_set_header X-Forwarded-Proto $scheme;
                    }
                  }
                }
                """.formatted(upstream, port);
        try {
            Files.createDirectories(directory);
            Path file = Files.writeString(directory.resolve("nginx.conf"), config);
            process = new ProcessBuilder(program(), "-p", directory.toString(), "-c", file.toString(), "-e", "stderr")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("nginx.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ServerProcess.await("nginx to listen", Duration.ofSeconds(20), () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException e) {
                assertThat(process.isAlive()).as("nginx lives").isTrue();
                return false;
            }
        });
    }

    /** Debian's is in a directory that is not on everybody's path. */
    private static String program() {
        Path debian = Path.of("/usr/sbin/nginx");
        return Files.isExecutable(debian) ? debian.toString() : "nginx";
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("nginx ends").isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
